import { RedisScript } from '../redis/redis.js';
import { LIBRARY } from './redis-script-library.js';

/** ARGV: deadline, jti, record, renewable until. */
export const ISSUE = new RedisScript(`${LIBRARY}
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
 * ARGV: deadline, stamp, session id, next jti, present, lifetime, seconds kept, replacements.
 * Answers {'replaced'} or {'refused'}.
 */
export const REPLACE_TOKENS = new RedisScript(`${LIBRARY}
local stamp, sid, next_jti = ARGV[2], ARGV[3], ARGV[4]
local present, lifetime, kept = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local replacements = tonumber(ARGV[8])
local own
for _, jti in ipairs(read_session(sid)) do
  local record = read(jti)
  -- One of this server's has the generation of the session's row.
  if record and (not own or record[STAMP] == stamp) then own = record end
  if record and record[REPLACEMENTS] >= replacements then return { 'refused' } end
end
if not own or present >= own[ENDS] then return { 'refused' } end
end_session(sid)
local next = successor(own, present, lifetime, '')
next[GENERATION] = next[GENERATION] + 1
next[REPLACEMENTS], next[RESTART_JTI], next[RESTARTED] = replacements, next_jti, present
next[STAMP] = stamp
next[FOLLOWED] = 0
local until_seconds = next[EXPIRES] + kept
write_token(next_jti, next, until_seconds)
write_session(sid, { next_jti }, until_seconds)
return { 'replaced' }
`);

/** ARGV: deadline, session id. Answers how often the session's tokens were replaced; -1 if it has none. */
export const REPLACEMENTS = new RedisScript(`${LIBRARY}
local replacements = -1
for _, jti in ipairs(read_session(ARGV[2])) do
  local record = read(jti)
  if record then replacements = math.max(replacements, record[REPLACEMENTS]) end
end
return replacements
`);

/** ARGV: deadline, session ids. */
export const END_SESSIONS = new RedisScript(`${LIBRARY}
for i = 2, #ARGV do end_session(ARGV[i]) end
return 1
`);

/**
 * Says what is so of the user now, once for all live tokens and keys. ARGV: deadline, user.
 * Answers {'described'}, or {'kept', user} if this server has heard what is as late or later.
 */
export const DESCRIBE = new RedisScript(`${LIBRARY}
local user = cjson.decode(ARGV[2])
local said = describe_user(user)
if said == user then return { 'described' } end
return { 'kept', cjson.encode(said) }
`);

/**
 * Lets a record of another server count again, because its session's row speaks for it. It does if the record is of
 * the row's generation, or a later one. An older one was replaced: it counts, for as long as it was left, if Redis still
 * has what replaced it, and is removed if Redis has gone back to a time before. What is said of the user is what the
 * account's row says, unless this server has heard of something later itself.
 * ARGV: deadline, jti, the server's stamp from before the rows were read ('' if it was not known), the user and the
 * generation in the rows, and how often a password change has replaced the tokens at least: an older record is from
 * before it.
 * Answers {'confirmed', record, user} or {'refused'}.
 */
export const CONFIRM = new RedisScript(`${LIBRARY}
local jti, stamp, user, generation = ARGV[2], ARGV[3], cjson.decode(ARGV[4]), tonumber(ARGV[5])
local record = read(jti)
if not record then return { 'refused' } end
if record[REPLACEMENTS] < tonumber(ARGV[6]) then
  redis.call('DEL', token_key(jti))
  return { 'refused' }
end
if record[GENERATION] < generation then
  local newest_jti = read_session(record[SID])[1]
  local newest = newest_jti and read(newest_jti)
  if not newest or newest[GENERATION] < generation then
    redis.call('DEL', token_key(jti))
    return { 'refused' }
  end
end
if stamp ~= '' then
  record[STAMP] = stamp
  rewrite(jti, record)
  user = confirm_user(user)
end
return { 'confirmed', cjson.encode(record), cjson.encode(user) }
`);
