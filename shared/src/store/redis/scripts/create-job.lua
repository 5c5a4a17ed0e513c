-- Stores a new job. Called again with the same record before any driver took the job over: a repeated call, no change.
-- KEYS  1 slot
-- ARGV  1 record, 2 status (texts)
-- Returns { 'ok', birth } | { 'job-exists', birth }; birth: the driver epoch at which the job was created
local slot = redis.call('HMGET', KEYS[1], 'record', 'epoch', 'birth')
if slot[1] then
  if slot[1] == ARGV[1] and slot[2] == slot[3] then return { 'ok', slot[3] } end
  return { 'job-exists', slot[3] }
end
-- A deleted job leaves its driver epoch behind: see delete-job.lua.
local epoch = slot[2] or '0'
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'status', ARGV[2], 'epoch', epoch, 'birth', epoch,
  'last', '-1', 'token', '', 'published', '1', 'pendingPlan', '')
redis.call('PERSIST', KEYS[1])
return { 'ok', epoch }
