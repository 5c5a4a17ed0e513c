-- KEYS  1 slot
-- ARGV  1 driver epoch, 2 status (text)
-- Returns { 'ok' } | a refusal of fence.lua
--@include known
--@include fence
local refusal = fence(ARGV[1])
if refusal then return refusal end
redis.call('HSET', KEYS[1], 'status', ARGV[2])
return { 'ok' }
