-- Check-and-enqueue for one partition and one commit: a message is marked seen if and only if it enters the queues.
-- One that would enter a full queue is refused: nothing of it is written, and it can be sent again.
--
-- KEYS: seen-now, seen-before, seen-after (there is one when a clock is behind, or was set back), counts, depth, bytes, queue of destination 1, queue of destination 2, …
-- ARGV: 1 seconds to remember, 2 number of messages m
--       3 m times 20 bytes: 16 of the id's digest, 4 of the payload's fingerprint
--       4 m times 2 bytes: number of the message's fate, from 1, high byte first
--       5 events at which a queue is full, 6 bytes at which it is
--       then the number of counters c, then c counter names
--       then the number of fates f, then f fates:
--         "<queue numbers>|<counter numbers>|<counter if repeated>|<counter if repeated with another payload>", numbers from 1
--       then per queue: destination id, batch
-- Returns {positions of repeats (from 0), positions of repeats with another payload,
--          positions of refused messages, numbers of the full queues (none when no message is refused)}.
local seen_now, seen_before, seen_after, counts, depth, bytes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local FIRST_QUEUE = 7
local m, marks, fate_numbers = tonumber(ARGV[2]), ARGV[3], ARGV[4]
local at = 7
local function take()
  local value = ARGV[at]
  at = at + 1
  return value
end
local names, fates = {}, {}
for i = 1, tonumber(take()) do names[i] = take() end
for i = 1, tonumber(take()) do
  local queue_numbers, counter_numbers, repeated, conflicting = string.match(take(), '^([%d,]*)|([%d,]*)|(%d+)|(%d+)$')
  local fate = {queues = {}, counters = {}, repeated = tonumber(repeated), conflicting = tonumber(conflicting),
    fresh = 0, repeats = 0, conflicts = 0, full = false}
  for k in string.gmatch(queue_numbers, '%d+') do fate.queues[#fate.queues + 1] = tonumber(k) end
  for k in string.gmatch(counter_numbers, '%d+') do fate.counters[#fate.counters + 1] = tonumber(k) end
  fates[i] = fate
end

local sub, call = string.sub, redis.call
local queues = #KEYS - FIRST_QUEUE + 1
local full = {}
if queues > 0 then
  local destinations = {}
  for k = 1, queues do destinations[k] = ARGV[at + 2 * k - 2] end
  local depths, sizes = call('HMGET', depth, unpack(destinations)), call('HMGET', bytes, unpack(destinations))
  for k = 1, queues do
    full[k] = tonumber(depths[k] or 0) >= tonumber(ARGV[5]) or tonumber(sizes[k] or 0) >= tonumber(ARGV[6])
  end
end
for _, fate in ipairs(fates) do
  for _, k in ipairs(fate.queues) do fate.full = fate.full or full[k] end
end

local later = call('EXISTS', seen_after) == 1
local repeated, conflicting, refused, mine, fresh = {}, {}, {}, {}, 0
local CHUNK = 1000
for from = 1, m, CHUNK do
  local to = math.min(from + CHUNK - 1, m)
  local numbers, digests, to_set, last = {string.byte(fate_numbers, 2 * from - 1, 2 * to)}, {}, {}, 0
  for i = from, to do digests[i - from + 1] = sub(marks, 20 * i - 19, 20 * i - 4) end
  local now = call('HMGET', seen_now, unpack(digests))
  local before = call('HMGET', seen_before, unpack(digests))
  local after = later and call('HMGET', seen_after, unpack(digests)) or {}
  for k = 1, #digests do
    local digest, i = digests[k], from + k - 1
    local payload, fate = sub(marks, 20 * i - 3, 20 * i), fates[numbers[2 * k - 1] * 256 + numbers[2 * k]]
    local first = mine[digest] or now[k] or before[k] or after[k]
    if first then
      repeated[#repeated + 1] = i - 1
      fate.repeats = fate.repeats + 1
      if first ~= payload then
        conflicting[#conflicting + 1] = i - 1
        fate.conflicts = fate.conflicts + 1
      end
    elseif fate.full then
      refused[#refused + 1] = i - 1
    else
      mine[digest] = payload
      to_set[last + 1], to_set[last + 2] = digest, payload
      last = last + 2
      fate.fresh = fate.fresh + 1
    end
  end
  if last > 0 then call('HSET', seen_now, unpack(to_set)) end
  fresh = fresh + last / 2
end
if fresh > 0 then call('EXPIRE', seen_now, tonumber(ARGV[1])) end

local queued, counted = {}, {}
for k = 1, queues do queued[k] = 0 end
local function count(number, times)
  counted[number] = (counted[number] or 0) + times
end
for _, fate in ipairs(fates) do
  for _, k in ipairs(fate.queues) do queued[k] = queued[k] + fate.fresh end
  for _, number in ipairs(fate.counters) do count(number, fate.fresh) end
  count(fate.repeated, fate.repeats)
  count(fate.conflicting, fate.conflicts)
end
for number, times in pairs(counted) do
  if times > 0 then call('HINCRBY', counts, names[number], times) end
end

local left_out = table.concat(repeated, ',')
if #refused > 0 then left_out = table.concat(refused, ',') .. (#repeated > 0 and ',' or '') .. left_out end
local full_queues = {}
for k = 1, queues do
  local destination, batch = take(), take()
  if queued[k] > 0 then
    redis.call('XADD', KEYS[FIRST_QUEUE + k - 1], '*', 'v', '1', 'n', queued[k], 'skip', left_out, 'batch', batch)
    redis.call('HINCRBY', depth, destination, queued[k])
    redis.call('HINCRBY', bytes, destination, #batch)
  elseif full[k] and #refused > 0 then
    full_queues[#full_queues + 1] = k
  end
end
return {repeated, conflicting, refused, full_queues}
