-- What the slot says is stored is there: a job is never gone on with while a part of its past is missing.
-- Uses KEYS 1 slot, 2 offset log, 3 commit log, 4 state blobs. Returns a refusal that names the key, or nil to go on.
local function intact()
  local fields = { 'status', 'epoch', 'birth', 'last', 'token', 'published', 'pendingPlan', 'blobs' }
  local slot = redis.call('HMGET', KEYS[1], unpack(fields))
  for i, field in ipairs(fields) do
    if not slot[i] then return { 'data-missing', 'field ' .. field .. ' of ' .. KEYS[1] } end
  end
  local last = slot[4]
  for _, log in ipairs({ KEYS[2], KEYS[3] }) do
    if last ~= '-1' and redis.call('HEXISTS', log, last) == 0 then
      return { 'data-missing', 'batch ' .. last .. ' in ' .. log }
    end
  end
  local following = string.format('%d', tonumber(last) + 1)
  if slot[7] ~= '' and redis.call('HEXISTS', KEYS[2], following) == 0 then
    return { 'data-missing', 'batch ' .. following .. ' in ' .. KEYS[2] }
  end
  local lacking = tonumber(slot[8]) - redis.call('HLEN', KEYS[4])
  if lacking ~= 0 then return { 'data-missing', string.format('%d state blobs in ', lacking) .. KEYS[4] } end
  return nil
end
