-- Appends masked events to a recording, as many as its count leaves room for.
-- KEYS: the orders, the recording's events, its skipped count. ARGV: its id, its count, when it may go (epoch seconds),
-- how many events were skipped, the events.
-- Returns how many were appended; -1 when the recording is gone.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return -1
end
local room = tonumber(ARGV[2]) - redis.call('XLEN', KEYS[2])
local appended = 0
for at = 5, #ARGV do
  if appended >= room then
    break
  end
  redis.call('XADD', KEYS[2], '*', 'envelope', ARGV[at])
  appended = appended + 1
end
if tonumber(ARGV[4]) > 0 then
  redis.call('INCRBY', KEYS[3], ARGV[4])
end
redis.call('EXPIREAT', KEYS[2], ARGV[3])
redis.call('EXPIREAT', KEYS[3], ARGV[3])
return appended
