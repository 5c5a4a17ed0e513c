-- Forgets the job, or what is left of a damaged one, but for its driver epoch, raised once more: a later job of the same
-- name counts on from there, so that a driver of the deleted job can never pass for one of the new job.
-- KEYS  1 slot, 2 offset log, 3 commit log, 4 state blobs
-- ARGV  1 driver epoch, 2 seconds to remember the epoch
-- Returns { 'ok', birth of the newest job of this name that is gone } | { 'epoch-stale' | 'epoch-ahead', stored epoch }
--@include known
--@include fence
local slot = redis.call('HMGET', KEYS[1], 'record', 'birth', 'epoch')
if slot[1] then
  local refusal = fence(ARGV[1])
  if refusal then return refusal end
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
-- Without a birth to go by, whatever job of this name the index lists is gone.
local birth = slot[2] or 'inf'
if slot[1] or slot[2] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'epoch', string.format('%d', tonumber(slot[3] or '0') + 1))
  redis.call('EXPIRE', KEYS[1], ARGV[2])
elseif slot[3] then
  birth = string.format('%d', tonumber(slot[3]) - 1)
end
return { 'ok', birth }
