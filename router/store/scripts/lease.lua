-- Take or renew the lease of one partition.
-- KEYS: lease, fence counter. ARGV: owner, milliseconds, token held so far ("" = none).
-- Returns the token when the lease is ours, else "".
local holder = redis.call('GET', KEYS[1])
if holder and holder == ARGV[3] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return holder
end
if holder then return '' end
redis.call('DEL', KEYS[1]) -- first what a full store allows, and it allows the rest: only who has a lease can empty it
local token = ARGV[1] .. ':' .. redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[2])
return token
