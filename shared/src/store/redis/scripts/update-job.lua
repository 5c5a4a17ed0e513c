-- Replaces the job record, and state blobs with it. A logged batch pins the plan: it must be committed under the plan it was logged with.
-- KEYS  1 slot, 2 offset log, 3 state blobs
-- ARGV  1 driver epoch, 2 record (text), 3 its plan hash,
--       4 number of state blobs to add, then name and record (text) of each, then names of state blobs to remove
-- Returns { 'ok' } | { 'batch-pending', batch } | a refusal of fence.lua
--@include known
--@include fence
--@include blobs
local refusal = fence(ARGV[1])
if refusal then return refusal end
local slot = redis.call('HMGET', KEYS[1], 'last', 'pendingPlan')
local following = string.format('%d', tonumber(slot[1]) + 1)
if slot[2] ~= ARGV[3] and redis.call('HEXISTS', KEYS[2], following) == 1 then return { 'batch-pending', following } end
redis.call('HSET', KEYS[1], 'record', ARGV[2])
changeBlobs(KEYS[3], 4)
return { 'ok' }
