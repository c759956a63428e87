-- Make a revision the current one, and say so in history and audit log, all or nothing.
-- KEYS: current revision, history, audit log, revision of the connection file read last.
-- ARGV: revision that must be current ('*' = any), new revision, change, audit entry, connection file's revision ('' = none).
-- Returns {1, id of the change}, or {0, current revision} where nothing was done.
local current = redis.call('GET', KEYS[1]) or ''
local file = ARGV[5]
if file ~= '' then
  local known = redis.call('GET', KEYS[4]) == file
  redis.call('SET', KEYS[4], file)
  if current ~= '' and (known or current == file) then return {0, current} end
elseif ARGV[1] ~= '*' and current ~= ARGV[1] then
  return {0, current}
end
redis.call('SET', KEYS[1], ARGV[2])
local id = redis.call('XADD', KEYS[2], '*', 'change', ARGV[3])
redis.call('XADD', KEYS[3], '*', 'entry', ARGV[4])
return {1, id}
