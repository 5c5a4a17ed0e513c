-- Takes a job out of the index, unless a later job of the same name has entered since.
-- KEYS  1 index
-- ARGV  1 job id, 2 birth of the job that is gone
-- Returns { 'ok' }
local birth = redis.call('HGET', KEYS[1], ARGV[1])
if birth and tonumber(birth) <= tonumber(ARGV[2]) then redis.call('HDEL', KEYS[1], ARGV[1]) end
return { 'ok' }
