-- Data regulations: the documents, who has seen which change, links from users to anonymous ids, and deletions under way.
--
-- KEYS: 1 state (hash: version, sequence, users), 2 documents (id -> JSON), 3 changed (id, by version), 4 order (id, by sequence),
--       5 cancelled (id -> time), 6 links (user -> anonymous ids, one a line), 7 linked (user, by version),
--       8 open (id, by sequence), 9 deletions (id -> JSON), 10 lease of the process that deletes
-- ARGV: 1 operation, then by operation (below).
local state, documents, changed, order, cancelled = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local links, linked, open, deletions, lease = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]

local function next_version() return redis.call('HINCRBY', state, 'version', 1) end

local function add_links(user, from, most)
  local lines = redis.call('HGET', links, user) or ''
  local count, known = 0, {}
  for line in string.gmatch(lines, '[^\n]+') do
    count = count + 1
    known[line] = true
  end
  local found = false
  for at = from, #ARGV do
    if count < most and not known[ARGV[at]] then
      lines = lines == '' and ARGV[at] or lines .. '\n' .. ARGV[at]
      known[ARGV[at]], count, found = true, count + 1, true
    end
  end
  if found then
    redis.call('HSET', links, user, lines)
    redis.call('ZADD', linked, next_version(), user)
  end
end

local operations = {}

-- ARGV: 2 id, 3 document, 4 state of its deletion ('' = nothing to delete), 5 users in it, 6 most users in all.
-- Returns 1, or 0 when there would be too many users.
function operations.create()
  local users = tonumber(redis.call('HGET', state, 'users') or '0')
  if users + tonumber(ARGV[5]) > tonumber(ARGV[6]) then return 0 end
  redis.call('HINCRBY', state, 'users', ARGV[5])
  local sequence = redis.call('HINCRBY', state, 'sequence', 1)
  redis.call('HSET', documents, ARGV[2], ARGV[3])
  redis.call('ZADD', order, sequence, ARGV[2])
  if ARGV[4] ~= '' then
    redis.call('HSET', deletions, ARGV[2], ARGV[4])
    redis.call('ZADD', open, sequence, ARGV[2])
  end
  redis.call('ZADD', changed, next_version(), ARGV[2])
  return 1
end

-- ARGV: 2 id, 3 time, 4 users in it, 5 …: users whose links are dropped. Returns 1, 0 when it was cancelled before, -1 when there is none.
function operations.cancel()
  if redis.call('HEXISTS', documents, ARGV[2]) == 0 then return -1 end
  if redis.call('HSETNX', cancelled, ARGV[2], ARGV[3]) == 0 then return 0 end
  redis.call('HINCRBY', state, 'users', -tonumber(ARGV[4]))
  redis.call('ZREM', open, ARGV[2])
  redis.call('ZADD', changed, next_version(), ARGV[2])
  for at = 5, #ARGV do
    if redis.call('HDEL', links, ARGV[at]) == 1 then redis.call('ZADD', linked, next_version(), ARGV[at]) end
  end
  return 1
end

-- ARGV: 2 user, 3 most anonymous ids, 4 …: anonymous ids.
function operations.link() add_links(ARGV[2], 4, tonumber(ARGV[3])) end

-- What changed after a version. ARGV: 2 version, 3 most changes of a kind.
-- Returns {version reached, {id, document ('' = cancelled), …}, {user, anonymous ids, …}}; ask again until nothing comes.
function operations.changes()
  local since, most = tonumber(ARGV[2]), tonumber(ARGV[3])
  local reached = tonumber(redis.call('HGET', state, 'version') or '0')
  if reached == since then return {reached, {}, {}} end
  local function after(names)
    local found = redis.call('ZRANGEBYSCORE', names, '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
    if #found == 2 * most then reached = math.min(reached, tonumber(found[#found])) end
    return found
  end
  local ids, users = after(changed), after(linked)
  for at = 1, #ids, 2 do
    local gone = redis.call('HEXISTS', cancelled, ids[at]) == 1
    ids[at + 1] = gone and '' or redis.call('HGET', documents, ids[at])
  end
  for at = 1, #users, 2 do users[at + 1] = redis.call('HGET', links, users[at]) or '' end
  return {reached, ids, users}
end

local function found(ids)
  local rows = {}
  for at, id in ipairs(ids) do
    rows[at] = {
      id, redis.call('HGET', documents, id), redis.call('HGET', cancelled, id) or '', redis.call('HGET', deletions, id) or '',
    }
  end
  return rows
end

-- Newest first. ARGV: 2 id after which to go on ('' = from the newest), 3 most. Returns rows {id, document, cancelled, deletion}.
function operations.list()
  local before = '+inf'
  if ARGV[2] ~= '' then
    local sequence = redis.call('ZSCORE', order, ARGV[2])
    if not sequence then return {} end
    before = '(' .. sequence
  end
  return found(redis.call('ZREVRANGEBYSCORE', order, before, '-inf', 'LIMIT', 0, ARGV[3]))
end

-- ARGV: 2 id. Returns a row, or nothing.
function operations.show()
  if redis.call('HEXISTS', documents, ARGV[2]) == 0 then return {} end
  return found({ARGV[2]})
end

-- Ids of regulations whose deletion is not finished, oldest first.
function operations.open() return redis.call('ZRANGE', open, 0, -1) end

-- ARGV: 2 lease token, 3 id, 4 state of its deletion, 5 '1' when it is finished.
-- Returns 1, 0 when another process deletes now, -1 when the regulation was cancelled.
function operations.progress()
  if redis.call('GET', lease) ~= ARGV[2] then return 0 end
  if not redis.call('ZSCORE', open, ARGV[3]) then return -1 end
  redis.call('HDEL', deletions, ARGV[3]) -- first what a full store allows, and it allows the rest: a deletion frees memory
  redis.call('HSET', deletions, ARGV[3], ARGV[4])
  if ARGV[5] == '1' then redis.call('ZREM', open, ARGV[3]) end
  return 1
end

return operations[ARGV[1]]()
