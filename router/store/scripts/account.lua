-- The account of one partition at one moment. KEYS: counts, depth, bytes. Returns the three hashes, flat.
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3])}
