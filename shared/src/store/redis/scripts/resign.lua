-- KEYS  1 leader
-- ARGV  1 incarnation
-- Returns { 'ok' }
if redis.call('HGET', KEYS[1], 'incarnation') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return { 'ok' }
