-- Forgets the job but for its driver epoch, raised once more: a later job of the same name counts on from there, so
-- that a driver of the deleted job can never pass for one of the new job. A job that is not there: no change.
-- KEYS  1 slot, 2 offset log, 3 commit log, 4 state blobs
-- ARGV  1 driver epoch, 2 seconds to remember the epoch
-- Returns { 'ok', birth of the newest job of this name that is gone } | { 'epoch-stale' | 'epoch-ahead', stored epoch }
--@include fence
local slot = redis.call('HMGET', KEYS[1], 'record', 'birth', 'epoch')
if not slot[1] then return { 'ok', string.format('%d', tonumber(slot[3] or '0') - 1) } end
local refusal = fence(ARGV[1])
if refusal then return refusal end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'epoch', string.format('%d', tonumber(slot[3]) + 1))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return { 'ok', slot[2] }
