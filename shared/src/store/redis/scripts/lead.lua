-- Takes the lease of the leader when nobody holds it, or renews it for whoever does. A candidate of the holder's own seat takes it
-- over: two processes cannot listen in one place, so the holder is gone.
-- KEYS  1 leader, 2 terms counted
-- ARGV  1 incarnation, 2 address, 3 seat, 4 lease in ms
-- Returns { 'ok', incarnation, address, seat, term } of the leader there is now
local holder = redis.call('HMGET', KEYS[1], 'incarnation', 'address', 'seat', 'term')
if holder[1] and holder[1] ~= ARGV[1] and holder[3] ~= ARGV[3] then
  return { 'ok', holder[1], holder[2], holder[3], holder[4] }
end
local term = holder[4]
if holder[1] ~= ARGV[1] then term = tostring(redis.call('INCR', KEYS[2])) end
redis.call('HSET', KEYS[1], 'incarnation', ARGV[1], 'address', ARGV[2], 'seat', ARGV[3], 'term', term)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return { 'ok', ARGV[1], ARGV[2], ARGV[3], term }
