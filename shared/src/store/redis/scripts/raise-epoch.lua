-- Raises the driver epoch and reads nothing, so that it works on what is left of a damaged job too.
-- KEYS  1 slot
-- Returns { 'ok', epoch }; epoch 0: there is no slot
if redis.call('EXISTS', KEYS[1]) == 0 then return { 'ok', '0' } end
return { 'ok', tostring(redis.call('HINCRBY', KEYS[1], 'epoch', 1)) }
