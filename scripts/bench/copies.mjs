// Many sessions in Redis without as many hashes: one user registers and logs in, and what the service wrote
// for it is written again, by the same commands and until the same time, for users and sessions of other ids.
import { createSigner } from 'fast-jwt';
import { CREDENTIALS, logIn, register } from './accounts.mjs';
import { JWT_KEY } from './processes.mjs';

const CHUNK = 10_000;

/** The first id of a copied user; none of them was registered. */
const FIRST_ID = 1_000_000;

const SID = '<sid>';
const JTI = '<jti>';

/** ARGV: from, to, first user id, sid, jti, record, its end, field of the session, its end,
 *  what is said of the user. */
const COPY = `
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local tail = string.format('%07d', i)
  local sid = string.sub(ARGV[4], 1, -8) .. tail
  local jti = string.sub(ARGV[5], 1, -8) .. tail
  local prefix = 'gatehouse:{' .. string.format('%d', tonumber(ARGV[3]) + i) .. '}:'
  local record = string.gsub(ARGV[6], '${SID}', sid)
  local field = string.gsub(ARGV[8], '${JTI}', jti)
  redis.call('SET', prefix .. 'token:' .. jti, record, 'PXAT', ARGV[7])
  redis.call('HSET', prefix .. 'sessions', sid, field)
  redis.call('PEXPIREAT', prefix .. 'sessions', ARGV[9])
  redis.call('SET', prefix .. 'user', ARGV[10], 'PXAT', ARGV[9])
end`;

/** One session as the service wrote it, in a Redis that had been empty, and how to write others like it. */
export class Original {
  /** @throws if the service keeps a session in another way than is copied here */
  static async of(product, redis) {
    await register(product, CREDENTIALS.slice(0, 1));
    const [token] = await logIn(product, 1);
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    const { sub, jti, sid } = claims;
    const keys = ['sessions', `token:${jti}`, 'user'].map((name) => `gatehouse:{${sub}}:${name}`);
    const present = (await redis.cli('KEYS', '*')).split('\n').sort();
    if (present.join() !== keys.join()) throw new Error(`Other keys than are copied: ${present}`);
    const [sessions, record, user] = keys;
    const original = new Original();
    original.redis = redis;
    original.claims = claims;
    original.details = [
      sid,
      jti,
      (await redis.cli('GET', record)).replace(sid, SID),
      await redis.cli('PEXPIRETIME', record),
      (await redis.cli('HGET', sessions, sid)).replace(jti, JTI),
      await redis.cli('PEXPIRETIME', sessions),
      await redis.cli('GET', user),
    ];
    return original;
  }

  /** Writes so many copies into a database of Redis, each the only session of a user of its own. */
  async copy(count, database = 0) {
    for (let from = 1; from <= count; from += CHUNK) {
      const range = [from, Math.min(count, from + CHUNK - 1), FIRST_ID].map(String);
      await this.redis.cli('-n', String(database), 'EVAL', COPY, '0', ...range, ...this.details);
    }
  }

  /** The tokens of so many copies, evenly spread among all of them, as the service would have signed them. */
  tokens(count, copies) {
    const sign = createSigner({ key: JWT_KEY, algorithm: 'HS256', header: { typ: 'at+jwt' } });
    return Array.from({ length: count }, (_, index) => {
      const number = (index + 1) * Math.floor(copies / count);
      const named = (id) => id.slice(0, -7) + String(number).padStart(7, '0');
      const { jti, sid } = this.claims;
      const own = { sub: String(FIRST_ID + number), jti: named(jti), sid: named(sid) };
      return sign({ ...this.claims, ...own });
    });
  }
}
