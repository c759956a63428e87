-- Say that a process is alive and count those that are. KEYS: members. ARGV: owner, milliseconds a sign of life holds.
-- Returns {number of members, rank of the owner among them (from 0, by name)}.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + tonumber(ARGV[2]), '+inf') -- the clock was set back since
redis.call('ZADD', KEYS[1], now, ARGV[1])
local names = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(names)
for rank, name in ipairs(names) do
  if name == ARGV[1] then return {#names, rank - 1} end
end
return {#names, 0}
