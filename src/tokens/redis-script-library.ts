import { CLOCK_SKEW_SECONDS } from './clock.js';
import { MAX_LIVE_TOKENS } from './revocation-store.js';

/*
 * What the scripts of the revocation store in Redis have in common. Each script is one atomic step.
 *
 * Keys of a user, all in one slot:
 *   PREFIX:user        what is said of the user: [name, stamp, roles, version, disabled]; lives a day, and as long as
 *                      the sessions. Without a version it was written by an instance of the version before
 *   PREFIX:sessions    hash: session id → "renewable until:newest jti,other jti,…"
 *   PREFIX:token:JTI   a live token; expires when it can no longer be renewed, or dies before
 *
 * KEYS[1] is PREFIX:sessions. ARGV[1] is the time, in ms on the server's clock, after which the script
 * must not write: a server that was paused would otherwise do late what its caller was told had failed.
 */
/**
 * What is said of a user stays so long, with no session too: API keys need it, and a reader that is under way must find
 * that it is late.
 */
const USER_KEPT_MS = 24 * 3600 * 1000;

export const LIBRARY = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if now > tonumber(ARGV[1]) then return redis.error_reply('LATE the caller has been told it failed') end

local sessions = KEYS[1]
local prefix = string.sub(sessions, 1, -9)
local SID, NAME, AUTH_TIME, ENDS, ISSUED, EXPIRES, NEWEST, GENERATION, STAMP = 1, 2, 3, 4, 5, 6, 7, 8, 9
local REPLACES, PRESENTED, FOLLOWED, REPLACEMENTS, RESTART_JTI, RESTARTED, AMR = 10, 11, 12, 13, 14, 15, 16
local USER_NAME, USER_STAMP, USER_ROLES, USER_VERSION, USER_DISABLED = 1, 2, 3, 4, 5
local MAX_LIVE = ${MAX_LIVE_TOKENS}

local function token_key(jti) return prefix .. 'token:' .. jti end

local function read(jti)
  local text = redis.call('GET', token_key(jti))
  if not text then return nil end
  local record = cjson.decode(text)
  -- Records of earlier versions end with the stamp.
  record[REPLACES] = record[REPLACES] or ''
  record[PRESENTED] = record[PRESENTED] or 0
  record[FOLLOWED] = record[FOLLOWED] or 0
  record[REPLACEMENTS] = record[REPLACEMENTS] or 0
  record[RESTART_JTI] = record[RESTART_JTI] or ''
  record[RESTARTED] = record[RESTARTED] or 0
  record[AMR] = record[AMR] or 'pwd'
  return record
end

-- A token of the session counts only with everything that it says of itself.
local function read_of(sid, jti)
  local record = read(jti)
  if record and record[SID] ~= sid then return nil end
  return record
end

local function read_user()
  local text = redis.call('GET', prefix .. 'user')
  return text and cjson.decode(text)
end

-- Whether it was written under this server's identity, and says everything.
local function is_user_of(user, stamp)
  return user and user[USER_STAMP] == stamp and user[USER_VERSION]
end

-- Says of the user what the account's row said, unless this server has heard what is as late or later.
-- Answers what is said then.
local function describe_user(user)
  local present = read_user()
  if is_user_of(present, user[USER_STAMP]) and present[USER_VERSION] >= user[USER_VERSION] then return present end
  local lifetime_ms = math.max(redis.call('PTTL', sessions), ${USER_KEPT_MS})
  redis.call('SET', prefix .. 'user', cjson.encode(user), 'PX', lifetime_ms)
  return user
end

-- The same for one who read the row a while ago. An instance of the version before names a user without a
-- version, and may have done so after that.
local function confirm_user(user)
  local present = read_user()
  if present and present[USER_STAMP] == user[USER_STAMP] and not present[USER_VERSION] then
    user[USER_NAME] = present[USER_NAME]
  end
  return describe_user(user)
end

-- Whether the record, or what is said of its user, was written under another server's identity.
local function is_foreign(record, stamp)
  return record[STAMP] ~= stamp or not is_user_of(read_user(), stamp)
end

local function user_text()
  return redis.call('GET', prefix .. 'user') or ''
end

local function rewrite(jti, record)
  redis.call('SET', token_key(jti), cjson.encode(record), 'XX', 'KEEPTTL')
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
  -- An older token may live longer than the newest, if TOKEN_TTL was lowered between them.
  local entry = redis.call('HGET', sessions, sid)
  if entry then until_seconds = math.max(until_seconds, tonumber(string.match(entry, '^%d+'))) end
  redis.call('HSET', sessions, sid, until_seconds .. ':' .. table.concat(jtis, ','))
  local present = redis.call('PTTL', sessions)
  -- Never without an expiry, however far behind the instance's clock is that made the dates.
  local lifetime = math.max(until_seconds * 1000 - now, ${CLOCK_SKEW_SECONDS * 1000})
  if present < lifetime then redis.call('PEXPIRE', sessions, lifetime) end
  redis.call('PEXPIRE', prefix .. 'user', math.max(present, lifetime, ${USER_KEPT_MS}))
end

local function write_token(jti, record, until_seconds)
  redis.call('SET', token_key(jti), cjson.encode(record), 'PXAT', until_seconds * 1000)
end

local function end_session(sid)
  for _, jti in ipairs(read_session(sid)) do redis.call('DEL', token_key(jti)) end
  redis.call('HDEL', sessions, sid)
end

local function with_newest(jti, jtis)
  local all = { jti }
  for _, other in ipairs(jtis) do all[#all + 1] = other end
  return all
end

local function successor(record, issued, lifetime, presented_jti)
  local next = {}
  for i = SID, STAMP do next[i] = record[i] end
  next[ISSUED] = issued
  next[EXPIRES] = math.min(issued + lifetime, record[ENDS])
  next[NEWEST] = 1
  next[REPLACES] = presented_jti
  for i = REPLACEMENTS, AMR do next[i] = record[i] end
  next[PRESENTED] = 0
  local same_maker = record[REPLACES] == presented_jti
  next[FOLLOWED] = same_maker and math.max(record[PRESENTED], record[FOLLOWED]) or 0
  return next
end
`;
