-- The memory of one user's traits: what Braze certainly has, and what is on its way there.
--
-- KEYS: the user's record. ARGV: 1 operation, 2 era, 3 seconds to keep a record, 4 token, then by operation (below).
-- Fields of the record:
--   e          the era it belongs to; a record of another era is worth nothing
--   l          users whose profile an object for this one may reach, one a line
--   h          holds: while one lasts, nothing new is believed of this user
--   a<key>     8 bytes: fingerprint of a value that Braze has (a 9th byte: blank)
--              longer: changes in flight, `o` (one) or `c` (contested: others were under way meanwhile), then their marks
-- A mark or hold is 12 bytes: token and the second at which it expires. Time is the server's.
local record, operation, era, keep, token = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local now = tonumber(redis.call('TIME')[1])
local FOR_EVER = 4294967295
local OTHERS = '\0\0\0\0\0\0\0\0'

local function mark(whose, expires) return whose .. struct.pack('>I4', expires) end

-- Marks still valid, without those of one token; and the latest expiry of that token's marks.
local function without(marks, whose)
  local left, latest = {}, nil
  for at = 1, #marks, 12 do
    local expires = struct.unpack('>I4', marks, at + 8)
    if string.sub(marks, at, at + 7) == whose then
      latest = math.max(latest or 0, expires)
    elseif expires > now then
      left[#left + 1] = string.sub(marks, at, at + 11)
    end
  end
  return table.concat(left), latest
end

local function in_flight(value) return #value > 9 end

-- Make the record one of this era; returns its links. They and the holds outlive eras: they only ever forbid.
local function open()
  local found = redis.call('HMGET', record, 'e', 'l', 'h')
  local links, holds = found[2] or '', found[3] or ''
  if found[1] == era then return links end
  redis.call('DEL', record)
  redis.call('HSET', record, 'e', era)
  if links ~= '' then redis.call('HSET', record, 'l', links) end
  if holds ~= '' then redis.call('HSET', record, 'h', holds) end
  redis.call('EXPIRE', record, (links .. holds) == '' and keep or 2 * keep)
  return links
end

-- Trust nothing that a move may change, and believe no change that is under way now. Returns keys in flight, and until when.
local function shake(filling)
  local fields = redis.call('HGETALL', record)
  local flying, latest = {}, 0
  for at = 1, #fields, 2 do
    local field, value = fields[at], fields[at + 1]
    if string.sub(field, 1, 1) == 'a' then
      if in_flight(value) then
        redis.call('HSET', record, field, 'c' .. string.sub(value, 2))
        flying[#flying + 1] = string.sub(field, 2)
        for place = 2, #value, 12 do latest = math.max(latest, (struct.unpack('>I4', value, place + 8))) end
      elseif filling == 'all' or #value == 9 then
        redis.call('HDEL', record, field)
      end
    end
  end
  return flying, latest
end

local operations = {}

-- ARGV: 5 …: keys. Returns {era, links, value of each key or ''}.
function operations.read()
  local asked = {'e', 'l'}
  for at = 5, #ARGV do asked[#asked + 1] = 'a' .. ARGV[at] end
  local found = redis.call('HMGET', record, unpack(asked))
  for at = 1, #asked do
    local value = found[at] or ''
    found[at] = (at > 2 and in_flight(value)) and '' or value
  end
  return found
end

-- Before a change is sent. ARGV: 5 seconds it may be in flight, 6 most attributes, 7 …: keys. Returns the links.
function operations.mark()
  local links = open()
  local held = redis.call('HGET', record, 'h')
  local holds = without(held or '', '')
  local room = tonumber(ARGV[6]) + 1 + (links ~= '' and 1 or 0) + (held and 1 or 0) - redis.call('HLEN', record)
  for at = 7, #ARGV do
    local field = 'a' .. ARGV[at]
    local value = redis.call('HGET', record, field)
    local contested, others, mine = links ~= '' or holds ~= '', '', nil
    if value and in_flight(value) then
      others, mine = without(string.sub(value, 2), token)
      contested = contested or others ~= '' or (mine and string.sub(value, 1, 1) == 'c')
    end
    if value or room > 0 then
      room = value and room or room - 1
      redis.call('HSET', record, field, (contested and 'c' or 'o') .. others .. mark(token, now + tonumber(ARGV[5])))
    end
  end
  return links
end

-- After the answer. ARGV: 5 …: key and value, '' where the value is uncertain. Returns the links.
-- A change whose mark is gone stands in no order with what is believed by now: that is not believed any longer.
function operations.finish()
  for at = 5, #ARGV, 2 do
    local field = 'a' .. ARGV[at]
    local value = redis.call('HGET', record, field)
    if value and in_flight(value) then
      local others, mine = without(string.sub(value, 2), token)
      if others ~= '' then
        redis.call('HSET', record, field, 'c' .. others)
      elseif mine and string.sub(value, 1, 1) == 'o' and ARGV[at + 1] ~= '' then
        redis.call('HSET', record, field, ARGV[at + 1])
      else
        redis.call('HDEL', record, field)
      end
    elseif value then
      redis.call('HDEL', record, field)
    end
  end
  return redis.call('HGET', record, 'l') or ''
end

-- The profile goes into another one. ARGV: 5 the other user, 6 most links.
-- Returns {1 when there was no room for the link, until when changes are in flight, their keys}.
function operations.link()
  local links, count, known = open(), 0, false
  for user in string.gmatch(links, '[^\n]+') do
    count = count + 1
    known = known or user == ARGV[5]
  end
  local full = not known and count >= tonumber(ARGV[6])
  if not known and not full then
    redis.call('HSET', record, 'l', links == '' and ARGV[5] or links .. '\n' .. ARGV[5])
  end
  redis.call('EXPIRE', record, 2 * keep)
  local flying, latest = shake('all')
  return {full and 1 or 0, latest, flying}
end

-- Another profile goes into this one. ARGV: 5 seconds that may take, 6 filling, 7 1 = for ever, 8 until when other changes
-- are in flight (0 = none), 9 …: their keys.
function operations.hold()
  open()
  shake(ARGV[6])
  for at = 9, #ARGV do
    local field = 'a' .. ARGV[at]
    local value = redis.call('HGET', record, field)
    if value and not in_flight(value) then redis.call('HDEL', record, field) end
  end
  local holds = without(redis.call('HGET', record, 'h') or '', token)
  local rest, latest = without(holds, OTHERS)
  latest = math.max(latest or 0, tonumber(ARGV[8]))
  if ARGV[7] == '1' then latest = FOR_EVER end
  if latest > now then rest = rest .. mark(OTHERS, latest) end
  redis.call('HSET', record, 'h', rest .. mark(token, now + tonumber(ARGV[5])))
  if latest == FOR_EVER then redis.call('EXPIRE', record, 2 * keep) end
end

-- The move has happened, or has not. ARGV: 5 filling.
function operations.release()
  local holds, mine = without(redis.call('HGET', record, 'h') or '', token)
  if not mine then shake(ARGV[5]) end
  if holds == '' then redis.call('HDEL', record, 'h') else redis.call('HSET', record, 'h', holds) end
end

function operations.forget() redis.call('DEL', record) end

-- Events are settled only after this is noted, so a full store must take it: after a first write that it allows, it allows the
-- rest. A mark it may refuse: the events go out without one.
if operation ~= 'read' and operation ~= 'mark' then redis.call('HDEL', record, '') end
return operations[operation]()
