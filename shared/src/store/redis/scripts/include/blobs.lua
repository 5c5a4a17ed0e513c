-- Adds and removes state blobs as ARGV says from `first` on: a number, then name and record of so many, then names to remove.
-- Uses KEYS[1] (slot), which knows how many there are.
local function changeBlobs(blobs, first)
  local firstRemoved = first + 1 + 2 * tonumber(ARGV[first])
  for i = first + 1, firstRemoved - 1, 2 do redis.call('HSET', blobs, ARGV[i], ARGV[i + 1]) end
  for i = firstRemoved, #ARGV do redis.call('HDEL', blobs, ARGV[i]) end
  redis.call('HSET', KEYS[1], 'blobs', redis.call('HLEN', blobs))
end
