-- Check-and-enqueue for one partition and one commit: a message is marked seen if and only if it enters the queues.
--
-- KEYS: seen-now, seen-before, counts, depth, bytes, queue of destination 1, queue of destination 2, …
-- ARGV: 1 seconds to remember, 2 number of messages m
--       3 m times 20 bytes: 16 of the id's digest, 4 of the payload's fingerprint
--       4 m times 2 bytes: number of the message's fate, from 1, high byte first
--       then the number of counters c, then c counter names
--       then the number of fates f, then f fates:
--         "<queue numbers>|<counter numbers>|<counter if repeated>|<counter if repeated with another payload>", numbers from 1
--       then per queue: destination id, batch
-- Returns {positions of repeats (from 0), positions of repeats with another payload,
--          events queued per destination, bytes queued per destination}.
local seen_now, seen_before, counts, depth, bytes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local FIRST_QUEUE = 6
local m, marks, fate_numbers = tonumber(ARGV[2]), ARGV[3], ARGV[4]
local at = 5
local function take()
  local value = ARGV[at]
  at = at + 1
  return value
end
local names, fates = {}, {}
for i = 1, tonumber(take()) do names[i] = take() end
for i = 1, tonumber(take()) do
  local queue_numbers, counter_numbers, repeated, conflicting = string.match(take(), '^([%d,]*)|([%d,]*)|(%d+)|(%d+)$')
  local fate = {queues = {}, counters = {}, repeated = tonumber(repeated), conflicting = tonumber(conflicting)}
  for k in string.gmatch(queue_numbers, '%d+') do fate.queues[#fate.queues + 1] = tonumber(k) end
  for k in string.gmatch(counter_numbers, '%d+') do fate.counters[#fate.counters + 1] = tonumber(k) end
  fates[i] = fate
end
local function fate_of(i)
  local high, low = string.byte(fate_numbers, 2 * i - 1, 2 * i)
  return fates[high * 256 + low]
end
local digests, payloads = {}, {}
for i = 1, m do
  digests[i] = string.sub(marks, 20 * i - 19, 20 * i - 4)
  payloads[i] = string.sub(marks, 20 * i - 3, 20 * i)
end

local counted = {}
local function count(number)
  local name = names[number]
  counted[name] = (counted[name] or 0) + 1
end

local repeated, conflicting, fresh, mine = {}, {}, {}, {}
local CHUNK = 1000
for from = 1, m, CHUNK do
  local to = math.min(from + CHUNK - 1, m)
  local now = redis.call('HMGET', seen_now, unpack(digests, from, to))
  local before = redis.call('HMGET', seen_before, unpack(digests, from, to))
  for i = from, to do
    local digest = digests[i]
    local first = mine[digest] or now[i - from + 1] or before[i - from + 1]
    if first then
      repeated[#repeated + 1] = i - 1
      count(fate_of(i).repeated)
      if first ~= payloads[i] then
        conflicting[#conflicting + 1] = i - 1
        count(fate_of(i).conflicting)
      end
    else
      mine[digest] = payloads[i]
      fresh[#fresh + 1] = i
    end
  end
end

local queues = #KEYS - FIRST_QUEUE + 1
local queued = {}
for k = 1, queues do queued[k] = 0 end
for _, i in ipairs(fresh) do
  local fate = fate_of(i)
  for _, k in ipairs(fate.queues) do queued[k] = queued[k] + 1 end
  for _, number in ipairs(fate.counters) do count(number) end
end

local pairs_to_set = {}
for n, i in ipairs(fresh) do
  pairs_to_set[#pairs_to_set + 1] = digests[i]
  pairs_to_set[#pairs_to_set + 1] = payloads[i]
  if #pairs_to_set >= CHUNK or n == #fresh then
    redis.call('HSET', seen_now, unpack(pairs_to_set))
    pairs_to_set = {}
  end
end
if #fresh > 0 then redis.call('EXPIRE', seen_now, tonumber(ARGV[1])) end
for name, n in pairs(counted) do redis.call('HINCRBY', counts, name, n) end

local skip = table.concat(repeated, ',')
local depths, sizes = {}, {}
for k = 1, queues do
  local destination, batch = take(), take()
  if queued[k] > 0 then
    redis.call('XADD', KEYS[FIRST_QUEUE + k - 1], '*', 'v', '1', 'n', queued[k], 'skip', skip, 'batch', batch)
    depths[k] = redis.call('HINCRBY', depth, destination, queued[k])
    sizes[k] = redis.call('HINCRBY', bytes, destination, #batch)
  else
    depths[k] = tonumber(redis.call('HGET', depth, destination) or '0')
    sizes[k] = tonumber(redis.call('HGET', bytes, destination) or '0')
  end
end
return {repeated, conflicting, depths, sizes}
