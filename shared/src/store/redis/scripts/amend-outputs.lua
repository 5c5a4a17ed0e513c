-- The last commit, whose output nobody has seen yet, names other outputs.
-- KEYS  1 slot, 2 commit log
-- ARGV  1 driver epoch, 2 batch, 3 token, 4 commit log entry (text)
-- Returns { 'ok' } | { 'token-stale' | 'batch-stale' | 'batch-ahead', last batch } | a refusal of known.lua or fence.lua
--@include known
--@include fence
local refusal = fence(ARGV[1])
if refusal then return refusal end
local slot = redis.call('HMGET', KEYS[1], 'last', 'token', 'published')
local batch, last = tonumber(ARGV[2]), tonumber(slot[1])
if batch > last then return { 'batch-ahead', slot[1] } end
if batch < last or slot[3] == '1' then return { 'batch-stale', slot[1] } end
if ARGV[3] ~= slot[2] then return { 'token-stale', slot[1] } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
return { 'ok' }
