-- The pace of one limit group of one Braze account, kept by all processes together. Time is the server's, in microseconds.
--
-- KEYS: the record. ARGV: 1 operation, 2 requests a second at full pace, 3 microseconds' worth of requests that may go at once;
-- then, by operation:
--   take      4 places wanted, 5 how far ahead places are given  -> {places, all usable after the wait; wait}
--   throttle  4 how long Braze wants no requests
--   ration    4 requests that Braze takes yet, 5 time until it takes new ones
-- Fields of the record:
--   places, at     places there were at that time (negative: given ahead); there are new ones from then on
--   share, since   the share of the full pace in force at that time; it grows back to 1
--   paused         end of Braze's pause; refusals until then belong to it
--   ration, until  requests a second that Braze's remaining quota allows, and until when
local RECOVERY, LEAST_SHARE, LEAST_PAUSE, STEP, KEEP_SECONDS = 60000000, 1 / 32, 1000000, 20000, 7200
local record, operation, full = KEYS[1], ARGV[1], tonumber(ARGV[2]) / 1000000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local places, at, share, since, paused, ration, ends
do
  local stored = redis.call('HMGET', record, 'places', 'at', 'share', 'since', 'paused', 'ration', 'until')
  for field = 1, 7 do stored[field] = tonumber(stored[field] or 0) end
  places, at, share, since, paused, ration, ends = unpack(stored)
end
share = since == 0 and 1 or math.min(1, share + math.max(0, now - since) / RECOVERY)
local rate = full * share
if now < ends then rate = math.min(rate, ration / 1000000) end

-- Only a pause puts the next place off; a clock that was set back must not look like one.
at = math.min(at, math.max(now, paused))
if at < now then
  places, at = math.min(places + (now - at) * rate, math.max(1, tonumber(ARGV[3]) * rate)), now
end

local function write(...)
  local fields = {...}
  for place = 2, #fields, 2 do fields[place] = string.format('%.17g', fields[place]) end
  redis.call('HDEL', record, '') -- first what a full store allows, and it allows the rest: its queues must empty
  redis.call('HSET', record, unpack(fields))
  redis.call('EXPIRE', record, KEEP_SECONDS)
end

local function take(wanted, ahead)
  local given, wait = math.min(wanted, math.floor(places + 0.000001)), 0
  if at > now or given < 1 then
    given = math.min(wanted, math.max(1, math.floor(STEP * rate)))
    wait = at - now + math.max(0, math.ceil((given - places) / rate))
    if wait > ahead then return {0, at - now + math.max(0, math.ceil((1 - places) / rate))} end
  end
  write('places', places - given, 'at', at)
  return {given, wait}
end

local function pause(length)
  write('paused', math.max(paused, now + math.max(length, LEAST_PAUSE)),
    'places', math.min(places, 0), 'at', math.max(at, now + length))
end

local function throttle(length)
  -- Lanes that were refused at the same time say so one after another; only the first of them slows the pace down.
  if now >= paused then write('share', math.max(LEAST_SHARE, share / 2), 'since', now + length) end
  pause(length)
end

local function keep_to(left, length)
  if left < 1 then
    pause(length)
  else
    write('ration', left / length * 1000000, 'until', now + length)
  end
end

if operation == 'take' then return take(tonumber(ARGV[4]), tonumber(ARGV[5])) end
if operation == 'throttle' then throttle(tonumber(ARGV[4])) else keep_to(tonumber(ARGV[4]), tonumber(ARGV[5])) end
return {}
