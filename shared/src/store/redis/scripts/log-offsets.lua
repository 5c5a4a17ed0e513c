-- Intent of a batch, set if absent: whoever logged it first decides what the batch reads.
-- KEYS  1 slot, 2 offset log, 3 commit log, 4 state blobs
-- ARGV  1 driver epoch, 2 batch, 3 plan hash, 4 offset log entry (text)
-- Returns { 'ok', stored entry } | { 'batch-stale' | 'batch-ahead', last batch } | a refusal of known.lua, fence.lua or intact.lua
--@include known
--@include fence
--@include intact
local refusal = fence(ARGV[1]) or intact()
if refusal then return refusal end
local last = redis.call('HGET', KEYS[1], 'last')
local ahead = tonumber(ARGV[2]) - tonumber(last) - 1
if ahead ~= 0 then return { ahead < 0 and 'batch-stale' or 'batch-ahead', last } end
local stored = redis.call('HGET', KEYS[2], ARGV[2])
if stored then return { 'ok', stored } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
redis.call('HSET', KEYS[1], 'pendingPlan', ARGV[3])
return { 'ok', ARGV[4] }
