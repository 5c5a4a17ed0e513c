-- Raises the driver epoch, which fences every older driver, and reads what the new one goes on from.
-- KEYS  1 slot, 2 offset log, 3 commit log, 4 state blobs
-- ARGV  1 how much to raise the driver epoch by: 1, or 0 only to read
-- Returns { 'ok', epoch, record, status, last batch, '1' when it is published, pending offset log entry or nil,
--   last commit log entry or nil, { name, state blob record, … } } | a refusal of known.lua or intact.lua, and no epoch is raised
--@include known
--@include intact
local refusal = known() or intact()
if refusal then return refusal end
local slot = redis.call('HMGET', KEYS[1], 'record', 'status', 'last', 'published')
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', ARGV[1])
local pending = redis.call('HGET', KEYS[2], tonumber(slot[3]) + 1)
local commit = redis.call('HGET', KEYS[3], slot[3])
return { 'ok', tostring(epoch), slot[1], slot[2], slot[3], slot[4], pending, commit, redis.call('HGETALL', KEYS[4]) }
