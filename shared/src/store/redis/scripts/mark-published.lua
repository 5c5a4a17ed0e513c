-- The sinks have made the last committed batch visible. An older batch was published before its successor's commit.
-- KEYS  1 slot
-- ARGV  1 driver epoch, 2 batch
-- Returns { 'ok' } | { 'batch-ahead', last batch } | a refusal of fence.lua
--@include known
--@include fence
local refusal = fence(ARGV[1])
if refusal then return refusal end
local last = redis.call('HGET', KEYS[1], 'last')
if tonumber(ARGV[2]) > tonumber(last) then return { 'batch-ahead', last } end
if tonumber(ARGV[2]) == tonumber(last) then redis.call('HSET', KEYS[1], 'published', '1') end
return { 'ok' }
