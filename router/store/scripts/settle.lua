-- Settle what one request to Braze achieved, for one partition and destination, and note what the next request carries;
-- refused when the lease has moved on. A settlement has an id of its own: repeated because its answer was lost, it changes nothing.
--
-- KEYS: lease, queue, progress, counts, depth, bytes, dead letters
-- ARGV: 1 lease token, 2 destination id, 3 settlement id, 4 events ended, 5 bytes of finished entries,
--       6 what is in flight from now on ("" = nothing)
--       then the number of finished entries, then their ids
--       then the number of news about progress (`router.store.progress`), then for each: field, value
--       then the number of counters, then for each: name, increment
--       then the number of dead letters, then each letter
-- Returns 1, or 0 when another process owns the partition.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('HGET', KEYS[3], 'settlement') == ARGV[3] then return 1 end
redis.call('HDEL', KEYS[3], 'inflight') -- first what a full store allows, and it allows the rest: settling frees memory
redis.call('HSET', KEYS[3], 'settlement', ARGV[3], 'inflight', ARGV[6])
local at = 7
local function take()
  local value = ARGV[at]
  at = at + 1
  return value
end
for _ = 1, tonumber(take()) do
  local id = take()
  redis.call('XDEL', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id, 'part:' .. id)
end
for _ = 1, tonumber(take()) do
  local field = take()
  redis.call('HSET', KEYS[3], field, take())
end
for _ = 1, tonumber(take()) do
  local name = take()
  redis.call('HINCRBY', KEYS[4], name, take())
end
redis.call('HINCRBY', KEYS[5], ARGV[2], -tonumber(ARGV[4]))
redis.call('HINCRBY', KEYS[6], ARGV[2], -tonumber(ARGV[5]))
for _ = 1, tonumber(take()) do
  redis.call('XADD', KEYS[7], '*', 'v', '1', 'letter', take())
end
return 1
