-- The era of one destination's trait memory: records of another one are worth nothing.
-- KEYS: the era. ARGV: an era to begin where there is none, or '' to end the one there is.
-- Returns the era ('' = none).
if ARGV[1] == '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end
  return ''
end
local era = redis.call('GET', KEYS[1])
if era then return era end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
