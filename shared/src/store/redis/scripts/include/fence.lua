-- The job is there and `driverEpoch` is its newest. Uses KEYS[1] (slot). Returns a refusal, or nil to go on.
local function fence(driverEpoch)
  local slot = redis.call('HMGET', KEYS[1], 'record', 'epoch')
  if not slot[1] then return { 'job-unknown', '' } end
  local difference = tonumber(slot[2]) - tonumber(driverEpoch)
  if difference > 0 then return { 'epoch-stale', slot[2] } end
  if difference < 0 then return { 'epoch-ahead', slot[2] } end
  return nil
end
