-- The job is there and `driverEpoch` is its newest. Needs known.lua. Uses KEYS[1] (slot). Returns a refusal, or nil to go on.
local function fence(driverEpoch)
  local refusal = known()
  if refusal then return refusal end
  local epoch = redis.call('HGET', KEYS[1], 'epoch')
  if not epoch then return { 'data-missing', 'field epoch of ' .. KEYS[1] } end
  local difference = tonumber(epoch) - tonumber(driverEpoch)
  if difference > 0 then return { 'epoch-stale', epoch } end
  if difference < 0 then return { 'epoch-ahead', epoch } end
  return nil
end
