-- Check-and-enqueue for one partition and one commit: a message is marked seen if and only if it enters the queues.
--
-- KEYS: seen-now, seen-before, counts, depth, bytes, queue of destination 1, queue of destination 2, …
-- ARGV: 1 seconds to remember
--       2 number of messages m, then m times: digest of the id, fingerprint of the payload
--       then the number of counters c, then c counter names
--       then m fates: "<queue numbers>|<counter numbers>|<counter if repeated>|<counter if repeated with another payload>", from 1
--       then per queue: destination id, batch
-- Returns {positions of repeats (from 0), positions of repeats with another payload,
--          events queued per destination, bytes queued per destination}.
local seen_now, seen_before, counts, depth, bytes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local FIRST_QUEUE = 6
local at = 3
local m = tonumber(ARGV[2])
local digests, payloads = {}, {}
for i = 1, m do
  digests[i], payloads[i] = ARGV[at], ARGV[at + 1]
  at = at + 2
end
local c = tonumber(ARGV[at]); at = at + 1
local names = {}
for i = 1, c do names[i] = ARGV[at]; at = at + 1 end

local counted = {}
local function count(number)
  local name = names[tonumber(number)]
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
      local as_repeat, as_conflict = string.match(ARGV[at + i - 1], '|(%d+)|(%d+)$')
      count(as_repeat)
      if first ~= payloads[i] then
        conflicting[#conflicting + 1] = i - 1
        count(as_conflict)
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
  local queue_numbers, counter_numbers = string.match(ARGV[at + i - 1], '^([%d,]*)|([%d,]*)|')
  for k in string.gmatch(queue_numbers, '%d+') do queued[tonumber(k)] = queued[tonumber(k)] + 1 end
  for number in string.gmatch(counter_numbers, '%d+') do count(number) end
end
at = at + m

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
  local destination, batch = ARGV[at], ARGV[at + 1]
  at = at + 2
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
