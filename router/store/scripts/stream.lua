-- Reads of one stream, each a single moment. KEYS: the stream. ARGV: 1 operation, then by operation:
--   ends    -> {oldest id or '', newest id or ''}
--   page    2 id after which to go on ('' = from the oldest), 3 most  -> entries
local stream = KEYS[1]
if ARGV[1] == 'ends' then
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return {oldest and oldest[1] or '', newest and newest[1] or ''}
end
return redis.call('XRANGE', stream, ARGV[2] == '' and '-' or '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
