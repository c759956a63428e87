-- Discard one dead letter. KEYS: dead letters, counts.
-- ARGV: letter id, counter that the letter is in, counter that it goes to. Returns 1, or 0 when the letter is gone.
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[2], -1)
redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
return 1
