-- Intent of a batch, set if absent: whoever logged it first decides what the batch reads.
-- KEYS  1 slot, 2 offset log
-- ARGV  1 driver epoch, 2 batch, 3 plan hash, 4 offset log entry (text)
-- Returns { 'ok', stored entry } | { 'batch-stale', last batch } | a refusal of fence.lua
--@include fence
local refusal = fence(ARGV[1])
if refusal then return refusal end
local last = redis.call('HGET', KEYS[1], 'last')
if tonumber(ARGV[2]) ~= tonumber(last) + 1 then return { 'batch-stale', last } end
local stored = redis.call('HGET', KEYS[2], ARGV[2])
if stored then return { 'ok', stored } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
redis.call('HSET', KEYS[1], 'pendingPlan', ARGV[3])
return { 'ok', ARGV[4] }
