import { RedisScript } from '../redis/redis.js';
import { LIBRARY } from './redis-script-library.js';

/**
 * `decideRenewal` in `renewal-rules.ts`, step by step.
 * ARGV: deadline, stamp, session id, jti, next jti, present, lifetime, seconds a token is kept after its
 * expiry, kind, reuse interval in ms, when the presented token was issued.
 * Answers {'renewed', jti, record, fresh, user}, {'refused'}, {'reused'} or
 * {'foreign', newest jti}.
 */
export const RENEW = new RedisScript(`${LIBRARY}
local stamp, sid, jti, next_jti = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local present, lifetime, kept = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local kind, reuse_ms, issued = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local hard = kind == 'hard'

local jtis = read_session(sid)
if #jtis == 0 then return { 'refused' } end
local newest_jti = jtis[1]
local presented = read_of(sid, jti)
if presented and is_foreign(presented, stamp) then return { 'foreign', newest_jti } end
local newest = newest_jti == jti and presented or read(newest_jti)
local head = newest or presented
if not head or present >= head[ENDS] then return { 'refused' } end

if not presented then
  if is_foreign(head, stamp) then return { 'foreign', newest_jti } end
  local before_restart = issued <= head[RESTARTED] and jti ~= head[RESTART_JTI]
  local another_time = before_restart or issued > head[ISSUED] or head[REPLACES] == ''
  if not hard or (head[REPLACES] ~= jti and another_time) then return { 'refused' } end
  local lost_answer = reuse_ms > 0 and head[REPLACES] == jti and head[PRESENTED] == 0 and head[FOLLOWED] == 0
  if not lost_answer then return { 'reused' } end
end

local next = successor(head, present, lifetime, jti)
local due = not newest or kind == 'next'
  or 2 * (newest[EXPIRES] - present) < newest[EXPIRES] - newest[ISSUED]
  or (hard and newest_jti == jti)
if due and not hard and #jtis >= MAX_LIVE then
  local live = {}
  for _, other in ipairs(jtis) do
    if redis.call('EXISTS', token_key(other)) == 1 then live[#live + 1] = other end
  end
  jtis = live
end
local worth_it = not newest or hard or (#jtis < MAX_LIVE and next[EXPIRES] > newest[EXPIRES])

local function let_presented_die()
  if not presented or not hard then return end
  if reuse_ms == 0 then
    redis.call('DEL', token_key(jti))
  elseif redis.call('PTTL', token_key(jti)) > reuse_ms then
    redis.call('PEXPIRE', token_key(jti), reuse_ms)
  end
end
if not (due and worth_it) then
  if presented and newest_jti ~= jti and presented[REPLACES] ~= ''
    and presented[REPLACES] == newest[REPLACES] and newest[FOLLOWED] == 0 then
    newest[FOLLOWED] = 1
    rewrite(newest_jti, newest)
  end
  let_presented_die()
  return { 'renewed', newest_jti, cjson.encode(newest), 0, user_text() }
end

if hard then next[GENERATION] = next[GENERATION] + 1 end
-- First what takes memory: a full server refuses a script only until its first write.
local until_seconds = next[EXPIRES] + kept
write_token(next_jti, next, until_seconds)
if newest then
  newest[NEWEST] = 0
  rewrite(newest_jti, newest)
end
let_presented_die()
jtis = with_newest(next_jti, jtis)
-- Only one that was replaced may die for it; the presented one was, at least.
for i = #jtis, 2, -1 do
  if #jtis <= MAX_LIVE then break end
  local life_ms = redis.call('PTTL', token_key(jtis[i]))
  if life_ms <= reuse_ms then
    redis.call('DEL', token_key(jtis[i]))
    table.remove(jtis, i)
  end
end
write_session(sid, jtis, until_seconds)
return { 'renewed', next_jti, cjson.encode(next), 1, user_text() }
`);

/**
 * ARGV: deadline, stamp, session id, jti, next jti, present, lifetime, seconds kept.
 * Answers {'consumed', record, user}, {'refused'} or {'foreign'}.
 */
export const CONSUME = new RedisScript(`${LIBRARY}
local stamp, sid, jti, next_jti = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local present, lifetime, kept = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local presented = read_of(sid, jti)
if not presented then return { 'refused' } end
if is_foreign(presented, stamp) then return { 'foreign' } end
if present >= presented[ENDS] then return { 'refused' } end
local next = successor(presented, present, lifetime, jti)
next[GENERATION] = next[GENERATION] + 1
local live = { next_jti }
for _, other in ipairs(read_session(sid)) do
  local record = other ~= jti and read(other)
  if record then
    live[#live + 1] = other
    record[NEWEST] = 0
    rewrite(other, record)
  end
end
redis.call('DEL', token_key(jti))
local until_seconds = next[EXPIRES] + kept
write_token(next_jti, next, until_seconds)
write_session(sid, live, until_seconds)
return { 'consumed', cjson.encode(next), user_text() }
`);

/** Notes that a token was presented. ARGV: deadline, session id, jti. */
export const NOTE_PRESENTED = new RedisScript(`${LIBRARY}
local sid, jti = ARGV[2], ARGV[3]
local record = read_of(sid, jti)
if not record then return 0 end
record[PRESENTED] = 1
rewrite(jti, record)
local newest_jti = read_session(sid)[1]
local newest = newest_jti and newest_jti ~= jti and read(newest_jti)
if newest and newest[REPLACES] ~= '' and newest[REPLACES] == record[REPLACES] then
  newest[FOLLOWED] = 1
  rewrite(newest_jti, newest)
end
return 1
`);
