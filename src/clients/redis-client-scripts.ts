import { RedisScript } from '../redis/redis.js';
import { CLOCK_SKEW_SECONDS } from '../tokens/clock.js';
import { MAX_CLIENT_TOKENS } from './client-store.js';

/*
 * What Redis holds of a client, all in one slot. Each script is one atomic step.
 *
 *   PREFIX:client      a copy of the client's row, with the stamp of the server that it was written to
 *   PREFIX:tokens      sorted set: the jti of each live token by its expiry
 *   PREFIX:token:JTI   a live token, with the client's generation and the server's stamp
 *
 * KEYS[1] is PREFIX:client. ARGV[1] is the time, in ms on the server's clock, after which the script must not write.
 */
const LIBRARY = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if now > tonumber(ARGV[1]) then return redis.error_reply('LATE the caller has been told it failed') end
local prefix = string.sub(KEYS[1], 1, -7)
local VERSION, GENERATION, ENABLED, STAMP, SECRETS = 1, 2, 3, 4, 5
local function read_client()
  local text = redis.call('GET', KEYS[1])
  return text and cjson.decode(text)
end
`;

/**
 * How long a copy is kept. A dead one must outlive every reader of the row that knew the client alive; one of an enabled
 * client goes so that its row, which a restored database may have lost, is read again.
 */
const COPY_LIFE_MS = 24 * 3600 * 1000;

/** The row of a copy in use is read again after this, so that there is a copy for as long when the database goes. */
export const COPY_FRESH_MS = COPY_LIFE_MS / 2;

/**
 * Writes a copy, unless there is a later one. Tokens of an earlier generation are dead by that, and no longer counted.
 * ARGV: deadline, version, generation, enabled (1 or 0), copy. Answers the version that is there then.
 */
export const LEARN = new RedisScript(`${LIBRARY}
local version, generation, enabled = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local present = read_client()
if present and present[VERSION] > version then return present[VERSION] end
redis.call('SET', KEYS[1], ARGV[5], 'PX', ${COPY_LIFE_MS})
if not enabled or (present and present[GENERATION] < generation) then redis.call('DEL', prefix .. 'tokens') end
return version
`);

/**
 * Records a token. ARGV: deadline, stamp, generation, hash of the secret, jti, record, expiry in seconds.
 * Answers {'issued'}, {'refused'}, {'foreign'} if the copy is missing or of another server, or {'full', seconds}.
 */
export const ISSUE_CLIENT_TOKEN = new RedisScript(`${LIBRARY}
local stamp, generation, hash, jti = ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local expires = tonumber(ARGV[7])
local client = read_client()
if not client or client[STAMP] ~= stamp then return { 'foreign' } end
local has_secret = false
for _, secret in ipairs(client[SECRETS]) do has_secret = has_secret or secret[1] == hash end
if client[ENABLED] ~= 1 or client[GENERATION] ~= generation or not has_secret then return { 'refused' } end
local tokens = prefix .. 'tokens'
local seconds = math.floor(now / 1000)
local live = '(' .. seconds
if redis.call('ZCOUNT', tokens, live, '+inf') >= ${MAX_CLIENT_TOKENS} then
  local earliest = redis.call('ZRANGEBYSCORE', tokens, live, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return { 'full', math.max(1, math.ceil(tonumber(earliest[2]) - now / 1000)) }
end
-- First what takes memory: a full server refuses a script only until its first write.
-- Kept a little longer, for an instance whose clock is late; the token's own date says when it ends.
local until_ms = (expires + ${CLOCK_SKEW_SECONDS}) * 1000
redis.call('SET', prefix .. 'token:' .. jti, ARGV[6], 'PXAT', until_ms)
redis.call('ZADD', tokens, expires, jti)
redis.call('ZREMRANGEBYSCORE', tokens, '-inf', seconds)
if redis.call('PTTL', tokens) < until_ms - now then redis.call('PEXPIREAT', tokens, until_ms) end
return { 'issued' }
`);

/** ARGV: deadline, jti. */
export const REVOKE_CLIENT_TOKEN = new RedisScript(`${LIBRARY}
redis.call('DEL', prefix .. 'token:' .. ARGV[2])
redis.call('ZREM', prefix .. 'tokens', ARGV[2])
return 1
`);
