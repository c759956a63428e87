-- Who delivers from a partition, and since when its queues wait. KEYS: lease, queues.
-- Returns {milliseconds now, lease token or '', id of the oldest entry of each queue or ''}.
local time = redis.call('TIME')
local found = {time[1] * 1000 + math.floor(time[2] / 1000), redis.call('GET', KEYS[1]) or ''}
for number = 2, #KEYS do
  local first = redis.call('XRANGE', KEYS[number], '-', '+', 'COUNT', 1)[1]
  found[number + 1] = first and first[1] or ''
end
return found
