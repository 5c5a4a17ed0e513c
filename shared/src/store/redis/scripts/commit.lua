-- The linearisation point: offsets, watermark, state versions and outputs of a batch become fact together.
-- KEYS  1 slot, 2 offset log, 3 commit log, 4 state blobs
-- ARGV  1 driver epoch, 2 batch, 3 token, 4 plan hash, 5 commit log entry (text),
--       6 '1' when there is nothing to publish, 7 log entries kept, 8 number of state blobs to add, then name and record (text) of each, then names of state blobs to remove
-- Returns { 'ok' } | { 'token-stale' | 'batch-stale' | 'batch-ahead' | 'previous-unpublished', last batch } | { 'intent-missing', '' }
--   | { 'plan-differs', logged plan hash } | a refusal of known.lua, fence.lua or intact.lua
--@include known
--@include fence
--@include intact
--@include blobs
local refusal = fence(ARGV[1]) or intact()
if refusal then return refusal end
local slot = redis.call('HMGET', KEYS[1], 'last', 'token', 'published', 'pendingPlan')
local batch, last = tonumber(ARGV[2]), tonumber(slot[1])
if batch == last then
  if ARGV[3] == slot[2] then return { 'ok' } end
  return { 'token-stale', slot[1] }
end
if batch < last then return { 'batch-stale', slot[1] } end
if batch > last + 1 then return { 'batch-ahead', slot[1] } end
if slot[3] ~= '1' then return { 'previous-unpublished', slot[1] } end
if slot[4] == '' then return { 'intent-missing', '' } end
if slot[4] ~= ARGV[4] then return { 'plan-differs', slot[4] } end

-- HSET first: a Redis that is out of memory refuses the first write of a script or none.
redis.call('HSET', KEYS[3], ARGV[2], ARGV[5])
redis.call('HSET', KEYS[1], 'last', ARGV[2], 'token', ARGV[3], 'published', ARGV[6], 'pendingPlan', '')
changeBlobs(KEYS[4], 8)

local expired = string.format('%d', batch - tonumber(ARGV[7]))
redis.call('HDEL', KEYS[2], expired)
redis.call('HDEL', KEYS[3], expired)
return { 'ok' }
