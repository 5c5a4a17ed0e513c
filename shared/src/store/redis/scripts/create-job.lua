-- Stores a new job. Called again with the same record before any driver took the job over: a repeated call, no change.
-- KEYS  1 slot, 2 offset log, 3 commit log, 4 state blobs
-- ARGV  1 record, 2 status (texts)
-- Returns { 'ok', birth } | { 'job-exists', birth } | { 'data-missing', what }; birth: the driver epoch at which the job was created
--@include known
local slot = redis.call('HMGET', KEYS[1], 'record', 'epoch', 'birth')
if slot[1] then
  if slot[1] == ARGV[1] and slot[2] == slot[3] then return { 'ok', slot[3] } end
  return { 'job-exists', slot[3] }
end
-- What is left of a damaged job must not become the past of a new one.
local refusal = known()
if refusal[1] == 'data-missing' and redis.call('EXISTS', unpack(KEYS)) > 0 then return refusal end
-- A deleted job leaves its driver epoch behind: see delete-job.lua.
local epoch = slot[2] or '0'
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'status', ARGV[2], 'epoch', epoch, 'birth', epoch,
  'last', '-1', 'token', '', 'published', '1', 'pendingPlan', '', 'blobs', '0')
redis.call('PERSIST', KEYS[1])
return { 'ok', epoch }
