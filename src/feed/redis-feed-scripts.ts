import { RedisScript } from '../redis/redis.js';
import { KEPT_ENTRIES, LOOK_ENTRIES, MAX_VERIFIERS } from './change-feed.js';

/*
 * The feed in Redis. Each script is one atomic step, on keys of one slot:
 *   KEYS[1]  hash: "word" (random, of this life), "end" (how many entries it has had), and for each lease
 *            "lease CLIENT VERIFIER" → "LENGTH BEAT ACKNOWLEDGED". What is lost of it is lost together.
 *   KEYS[2]  stream: the last entries, with the ids 1-0, 2-0 and so on
 *
 * ARGV[1] is the time, in ms on the server's clock, after which the script must not write. ARGV[2] is the word of
 * a new life, if one begins.
 */
const LIBRARY = `
local clock = redis.call('TIME')
if clock[1] * 1000 + math.floor(clock[2] / 1000) > tonumber(ARGV[1]) then
  return redis.error_reply('LATE the caller has been told it failed')
end

local state, stream = KEYS[1], KEYS[2]

local function lease_field(client, verifier) return 'lease ' .. client .. ' ' .. verifier end

-- An emptied server has no word; one that was restarted or promoted has other ids.
local function life()
  local word = redis.call('HGET', state, 'word')
  if not word then
    word = ARGV[2]
    redis.call('DEL', state, stream)
    redis.call('HSET', state, 'word', word)
  end
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
  return word .. '-' .. string.sub(redis.sha1hex(run .. history), 1, 12)
end
`;

/** ARGV: deadline, word, entry. Answers {life, index}. */
export const APPEND = new RedisScript(`${LIBRARY}
local present = life()
local index = redis.call('HINCRBY', state, 'end', 1)
redis.call('XADD', stream, 'MAXLEN', '~', ${KEPT_ENTRIES}, index .. '-0', 'entry', ARGV[3])
return { present, index }
`);

/**
 * ARGV: deadline, word, life and index up to which entries are known, then for each lease: client, verifier,
 * length, beat, what is acknowledged. Answers {life, end, {outcome, …}, {index, entry, …}}.
 */
export const LOOK = new RedisScript(`${LIBRARY}
local function is_full(client)
  local prefix = lease_field(client, '')
  local count = 0
  for _, field in ipairs(redis.call('HKEYS', state)) do
    if string.sub(field, 1, #prefix) == prefix then count = count + 1 end
  end
  return count >= ${MAX_VERIFIERS}
end

local present = life()
local outcomes = {}
for i = 5, #ARGV, 5 do
  local field = lease_field(ARGV[i], ARGV[i + 1])
  local is_known = redis.call('HEXISTS', state, field) == 1
  if is_known and ARGV[i + 4] == '' then outcomes[#outcomes + 1] = 'kept'
  elseif not is_known and is_full(ARGV[i]) then outcomes[#outcomes + 1] = 'full'
  else
    redis.call('HSET', state, field, ARGV[i + 2] .. ' ' .. ARGV[i + 3] .. ' ' .. ARGV[i + 4])
    outcomes[#outcomes + 1] = 'granted'
  end
end

local last = tonumber(redis.call('HGET', state, 'end') or '0')
local known = ARGV[3] == present and tonumber(ARGV[4]) or 0
local first = math.max(known, last - ${LOOK_ENTRIES}) + 1
local entries = {}
if first <= last then
  for _, item in ipairs(redis.call('XRANGE', stream, string.format('%.0f-0', first), '+')) do
    entries[#entries + 1] = string.match(item[1], '^%d+')
    entries[#entries + 1] = item[2][2]
  end
end
return { present, last, outcomes, entries }
`);

/** ARGV: deadline, word. Answers {life, {field, value, …}}. */
export const LEASES = new RedisScript(`${LIBRARY}
return { life(), redis.call('HGETALL', state) }
`);

/** ARGV: deadline, word, client, verifier, the record as it was read ('' for any). */
export const REMOVE = new RedisScript(`${LIBRARY}
local field = lease_field(ARGV[3], ARGV[4])
if ARGV[5] ~= '' and redis.call('HGET', state, field) ~= ARGV[5] then return 0 end
return redis.call('HDEL', state, field)
`);
