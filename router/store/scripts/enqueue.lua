-- Check-and-enqueue for one partition and one commit: a message is marked seen if and only if it enters the queues.
--
-- KEYS: seen-now, seen-before, counts, depth, queue of destination 1, queue of destination 2, …
-- ARGV: 1 seconds to remember
--       2 number of messages m, then m digests
--       then the number of counters c, then c counter names
--       then m fates: "<queue numbers>|<counter numbers>|<counter number if repeated>", comma-separated, from 1
--       then per queue: destination id, batch
-- Returns {positions of repeated messages (from 0), {events queued per destination}}.
local seen_now, seen_before, counts, depth = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local at = 3
local m = tonumber(ARGV[2])
local digests = {}
for i = 1, m do digests[i] = ARGV[at]; at = at + 1 end
local c = tonumber(ARGV[at]); at = at + 1
local names = {}
for i = 1, c do names[i] = ARGV[at]; at = at + 1 end

local counted = {}
local function count(number)
  local name = names[tonumber(number)]
  counted[name] = (counted[name] or 0) + 1
end

local repeated, fresh, mine = {}, {}, {}
local CHUNK = 1000
for from = 1, m, CHUNK do
  local to = math.min(from + CHUNK - 1, m)
  local now = redis.call('SMISMEMBER', seen_now, unpack(digests, from, to))
  local before = redis.call('SMISMEMBER', seen_before, unpack(digests, from, to))
  for i = from, to do
    local digest = digests[i]
    if now[i - from + 1] == 1 or before[i - from + 1] == 1 or mine[digest] then
      repeated[#repeated + 1] = i - 1
      count(string.match(ARGV[at + i - 1], '%d+$'))
    else
      mine[digest] = true
      fresh[#fresh + 1] = i
    end
  end
end

local queues = #KEYS - 4
local queued = {}
for k = 1, queues do queued[k] = 0 end
for _, i in ipairs(fresh) do
  local queue_numbers, counter_numbers = string.match(ARGV[at + i - 1], '^([%d,]*)|([%d,]*)|')
  for k in string.gmatch(queue_numbers, '%d+') do queued[tonumber(k)] = queued[tonumber(k)] + 1 end
  for number in string.gmatch(counter_numbers, '%d+') do count(number) end
end
at = at + m

local members = {}
for n, i in ipairs(fresh) do
  members[#members + 1] = digests[i]
  if #members == CHUNK or n == #fresh then
    redis.call('SADD', seen_now, unpack(members))
    members = {}
  end
end
if #fresh > 0 then redis.call('EXPIRE', seen_now, tonumber(ARGV[1])) end
for name, n in pairs(counted) do redis.call('HINCRBY', counts, name, n) end

local skip = table.concat(repeated, ',')
local depths = {}
for k = 1, queues do
  local destination, batch = ARGV[at], ARGV[at + 1]
  at = at + 2
  if queued[k] > 0 then
    redis.call('XADD', KEYS[4 + k], '*', 'v', '1', 'n', queued[k], 'skip', skip, 'batch', batch)
    depths[k] = redis.call('HINCRBY', depth, destination, queued[k])
  else
    depths[k] = tonumber(redis.call('HGET', depth, destination) or '0')
  end
end
return {repeated, depths}
