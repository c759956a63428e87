-- Make a revision the current one, and say so in history and audit log, all or nothing.
-- KEYS: current revision, history, audit log, connection files that were read.
-- ARGV: revision that must be current ('*' = any), new revision, change, audit entry,
--   place of the connection file that says so ('' = an operator does).
-- Returns {1, id of the change}, or {0, current revision} where nothing was done; {2, current revision} where that is because a
-- place that is not known has a file that was read elsewhere before.
local current = redis.call('GET', KEYS[1]) or ''
local change, entry, place = ARGV[3], ARGV[4], ARGV[5]

-- Of files: the one adopted last, what each place had when it was last read, and every revision that was read anywhere.
local function adopts(file)
  local latest = redis.call('HGET', KEYS[4], 'latest')
  local here = redis.call('HGET', KEYS[4], 'at:' .. place)
  local anywhere = redis.call('HEXISTS', KEYS[4], 'seen:' .. file) == 1
  redis.call('HSET', KEYS[4], 'at:' .. place, file, 'seen:' .. file, '1')
  if current ~= '' and (latest == file or here == file) then return 0 end
  if current ~= '' and not here and anywhere then return 2 end
  redis.call('HSET', KEYS[4], 'latest', file)
  return current == file and 0 or 1
end

local function with(json, name, value)
  local fields = cjson.decode(json)
  fields[name] = value
  return cjson.encode(fields)
end

if place ~= '' then
  local kind = redis.call('TYPE', KEYS[4]).ok
  if kind == 'string' then -- as it was kept once: only the file read last
    local latest = redis.call('GET', KEYS[4])
    redis.call('DEL', KEYS[4])
    redis.call('HSET', KEYS[4], 'latest', latest, 'seen:' .. latest, '1')
  end
  local answer = adopts(ARGV[2])
  if answer ~= 1 then return {answer == 2 and current ~= ARGV[2] and 2 or 0, current} end
  if current ~= '' then
    change, entry = with(change, 'parent', current), with(entry, 'from', current)
  end
elseif ARGV[1] ~= '*' and current ~= ARGV[1] then
  return {0, current}
end
redis.call('SET', KEYS[1], ARGV[2])
local id = redis.call('XADD', KEYS[2], '*', 'change', change)
redis.call('XADD', KEYS[3], '*', 'entry', entry)
return {1, id}
