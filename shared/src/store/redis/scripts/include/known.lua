-- The job is there. A deleted one leaves its driver epoch behind and nothing else (see delete-job.lua): whatever else is
-- found without a record is what was left of a job. Uses KEYS[1] (slot). Returns a refusal, or nil to go on.
local function known()
  local slot = redis.call('HMGET', KEYS[1], 'record', 'epoch', 'birth')
  if slot[1] then return nil end
  if slot[2] and not slot[3] then return { 'job-unknown', '' } end
  return { 'data-missing', 'the record in ' .. KEYS[1] }
end
