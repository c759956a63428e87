-- Put one dead letter back at the end of its queue. KEYS: dead letters, queue, counts, depth, bytes.
-- ARGV: letter id, destination id, batch of one event, counter that the letter is in. Returns 1, or 0 when the letter is gone.
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'v', '1', 'n', 1, 'skip', '', 'batch', ARGV[3])
redis.call('HINCRBY', KEYS[3], ARGV[4], -1)
redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
redis.call('HINCRBY', KEYS[5], ARGV[2], #ARGV[3])
return 1
