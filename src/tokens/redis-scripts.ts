import { RedisScript } from '../redis/redis.js';

/*
 * The steps of the revocation store in Redis, each one atomic script.
 *
 * Keys of a user, all in one slot:
 *   PREFIX:sessions    hash: session id → "renewable until:newest jti,other jti,…"
 *   PREFIX:token:JTI   a live token; expires when it can no longer be renewed, or dies before
 *   PREFIX:renewed:JTI a token that a hard renewal replaced; as long as it could have been renewed
 *
 * KEYS[1] is PREFIX:sessions. ARGV[1] is the time, in ms on the server's clock, after which the script
 * must not write: a server that was paused would otherwise do late what its caller was told had failed.
 */
const COMMON = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if now > tonumber(ARGV[1]) then return redis.error_reply('LATE the caller has been told it failed') end

local sessions = KEYS[1]
local prefix = string.sub(sessions, 1, -9)
local SID, NAME, AUTH_TIME, ENDS, ISSUED, EXPIRES, NEWEST, GENERATION, STAMP = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function token_key(jti) return prefix .. 'token:' .. jti end
local function renewed_key(jti) return prefix .. 'renewed:' .. jti end

local function read(jti)
  local text = redis.call('GET', token_key(jti))
  return text and cjson.decode(text)
end

local function read_session(sid)
  local entry = redis.call('HGET', sessions, sid)
  local jtis = {}
  if entry then
    for jti in string.gmatch(string.match(entry, ':(.*)'), '[^,]+') do jtis[#jtis + 1] = jti end
  end
  return jtis
end

local function write_session(sid, jtis, until_seconds)
  -- An older token may live longer than the newest, where TOKEN_TTL was lowered between them.
  local entry = redis.call('HGET', sessions, sid)
  if entry then until_seconds = math.max(until_seconds, tonumber(string.match(entry, '^%d+'))) end
  redis.call('HSET', sessions, sid, until_seconds .. ':' .. table.concat(jtis, ','))
  local present = redis.call('PTTL', sessions)
  local lifetime = until_seconds * 1000 - now
  if present < lifetime then redis.call('PEXPIRE', sessions, lifetime) end
end

local function write_token(jti, record, until_seconds)
  redis.call('SET', token_key(jti), cjson.encode(record), 'PXAT', until_seconds * 1000)
end

local function end_session(sid)
  for _, jti in ipairs(read_session(sid)) do redis.call('DEL', token_key(jti)) end
  redis.call('HDEL', sessions, sid)
end

local function successor(record, issued, lifetime)
  local next = {}
  for i = SID, STAMP do next[i] = record[i] end
  next[ISSUED] = issued
  next[EXPIRES] = math.min(issued + lifetime, record[ENDS])
  next[NEWEST] = 1
  return next
end
`;

/** ARGV: deadline, jti, record, renewable until. */
export const ISSUE = new RedisScript(`${COMMON}
local jti, record, until_seconds = ARGV[2], cjson.decode(ARGV[3]), tonumber(ARGV[4])
local entries = redis.call('HGETALL', sessions)
for i = 1, #entries, 2 do
  if tonumber(string.match(entries[i + 1], '^%d+')) * 1000 < now then
    redis.call('HDEL', sessions, entries[i])
  end
end
write_token(jti, record, until_seconds)
write_session(record[SID], { jti }, until_seconds)
return 1
`);

/**
 * ARGV: deadline, stamp, session id, jti, next jti, present, lifetime, seconds a token is kept after its
 * expiry, kind, reuse interval in ms.
 * Answers {'renewed', jti, record, fresh}, {'refused'}, {'reused'}, or {'foreign'} where the record was
 * written under another server's identity.
 */
export const RENEW = new RedisScript(`${COMMON}
local stamp, sid, jti, next_jti = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local present, lifetime, kept = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local hard, reuse_ms = ARGV[9] == 'hard', tonumber(ARGV[10])

local jtis = read_session(sid)
local presented = read(jti)
if not presented then
  local reused = hard and #jtis > 0 and redis.call('EXISTS', renewed_key(jti)) == 1
  return { reused and 'reused' or 'refused' }
end
if presented[STAMP] ~= stamp then return { 'foreign' } end
if #jtis == 0 or present >= presented[ENDS] then return { 'refused' } end

local newest_jti = jtis[1]
local newest = newest_jti == jti and presented or read(newest_jti)
local next = successor(newest or presented, present, lifetime)
local due = not newest or 2 * (newest[EXPIRES] - present) < newest[EXPIRES] - newest[ISSUED]
  or (hard and newest_jti == jti)
local worth_it = not newest or hard or next[EXPIRES] > newest[EXPIRES]

if hard and redis.call('EXISTS', renewed_key(jti)) == 0 then
  redis.call('SET', renewed_key(jti), 1, 'PXAT', (presented[EXPIRES] + kept) * 1000)
  if reuse_ms == 0 then
    redis.call('DEL', token_key(jti))
  elseif redis.call('PTTL', token_key(jti)) > reuse_ms then
    redis.call('PEXPIRE', token_key(jti), reuse_ms)
  end
end
if not (due and worth_it) then return { 'renewed', newest_jti, cjson.encode(newest), 0 } end

if hard then next[GENERATION] = next[GENERATION] + 1 end
if newest then
  newest[NEWEST] = 0
  redis.call('SET', token_key(newest_jti), cjson.encode(newest), 'XX', 'KEEPTTL')
end
local live = { next_jti }
for _, other in ipairs(jtis) do
  if redis.call('EXISTS', token_key(other)) == 1 then live[#live + 1] = other end
end
local until_seconds = next[EXPIRES] + kept
write_token(next_jti, next, until_seconds)
write_session(sid, live, until_seconds)
return { 'renewed', next_jti, cjson.encode(next), 1 }
`);

/**
 * ARGV: deadline, stamp, session id, jti, next jti, present, lifetime, seconds kept.
 * Answers {'consumed', record}, {'refused'} or {'foreign'}.
 */
export const CONSUME = new RedisScript(`${COMMON}
local stamp, sid, jti, next_jti = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local present, lifetime, kept = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local presented = read(jti)
if not presented then return { 'refused' } end
if presented[STAMP] ~= stamp then return { 'foreign' } end
if present >= presented[ENDS] then return { 'refused' } end
local next = successor(presented, present, lifetime)
next[GENERATION] = next[GENERATION] + 1
local live = { next_jti }
for _, other in ipairs(read_session(sid)) do
  if other ~= jti and redis.call('EXISTS', token_key(other)) == 1 then
    live[#live + 1] = other
    local record = read(other)
    record[NEWEST] = 0
    redis.call('SET', token_key(other), cjson.encode(record), 'XX', 'KEEPTTL')
  end
end
redis.call('DEL', token_key(jti))
local until_seconds = next[EXPIRES] + kept
write_token(next_jti, next, until_seconds)
write_session(sid, live, until_seconds)
return { 'consumed', cjson.encode(next) }
`);

/**
 * ARGV: deadline, stamp, session id, next jti, present, lifetime, seconds kept.
 * Answers {'replaced', record} or {'refused'}.
 */
export const REPLACE_TOKENS = new RedisScript(`${COMMON}
local stamp, sid, next_jti = ARGV[2], ARGV[3], ARGV[4]
local present, lifetime, kept = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local own
for _, jti in ipairs(read_session(sid)) do
  local record = read(jti)
  -- One of this server's has the name and the generation of the session's row.
  if record and (not own or record[STAMP] == stamp) then own = record end
end
if not own or present >= own[ENDS] then return { 'refused' } end
end_session(sid)
local next = successor(own, present, lifetime)
next[GENERATION] = next[GENERATION] + 1
next[STAMP] = stamp
local until_seconds = next[EXPIRES] + kept
write_token(next_jti, next, until_seconds)
write_session(sid, { next_jti }, until_seconds)
return { 'replaced', cjson.encode(next) }
`);

/** ARGV: deadline, session ids. */
export const END_SESSIONS = new RedisScript(`${COMMON}
for i = 2, #ARGV do end_session(ARGV[i]) end
return 1
`);

/** ARGV: deadline, username. */
export const RENAME = new RedisScript(`${COMMON}
for _, sid in ipairs(redis.call('HKEYS', sessions)) do
  for _, jti in ipairs(read_session(sid)) do
    local record = read(jti)
    if record then
      record[NAME] = ARGV[2]
      redis.call('SET', token_key(jti), cjson.encode(record), 'XX', 'KEEPTTL')
    end
  end
end
return 1
`);

/**
 * Stamps a record of another server anew, where its session's row speaks for it, and gives it the name in
 * the row unless a rename came between. It does where the record is of the row's generation, or a later one.
 * An older one was replaced: it counts, for as long as it was left, where Redis still has what replaced it,
 * and is removed where Redis has gone back to a time before.
 * ARGV: deadline, jti, the new stamp, the name that was read, the name and the generation in the row.
 * Answers {'confirmed', record} or {'refused'}.
 */
export const CONFIRM = new RedisScript(`${COMMON}
local jti, stamp, read_name, name, generation = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local record = read(jti)
if not record then return { 'refused' } end
if record[GENERATION] < generation then
  local newest_jti = read_session(record[SID])[1]
  local newest = newest_jti and read(newest_jti)
  if not newest or newest[GENERATION] < generation then
    redis.call('DEL', token_key(jti))
    return { 'refused' }
  end
end
record[STAMP] = stamp
if record[NAME] == read_name then record[NAME] = name end
redis.call('SET', token_key(jti), cjson.encode(record), 'XX', 'KEEPTTL')
return { 'confirmed', cjson.encode(record) }
`);
