import { Injectable } from '@nestjs/common';
import { Batch } from '../database/batch.js';
import { Redis, RedisScript } from '../redis/redis.js';
import { nowSeconds } from './clock.js';
import { KeyRows, type FoundKey } from './key-rows.js';
import { KeyStore, liveKey, type KeyReference, type LiveKey } from './key-store.js';
import {
  factsOf,
  isUserOf,
  prefixOf,
  toUserRecord,
  type FoundUserRecord,
  type UserRecord,
} from './redis-records.js';
import { LIBRARY } from './redis-script-library.js';
import { formatRoles, parseRoles } from './user-facts.js';

/** A key as Redis holds it, at PREFIX:key:HASH. */
type KeyRecord = [
  stamp: string,
  id: string,
  roles: string,
  /** 0 for one that does not expire. */
  expiresAtSeconds: number,
];

/** What stands there of a key that was deleted. */
const DEAD = 'dead';

/** The rows are read again after this. */
const COPY_LIFE_SECONDS = 24 * 3600;

/** Longer than any reader that found the row may be under way. */
const MARK_LIFE_MS = 3600 * 1000;

/**
 * Writes what the rows said of a key and of its user, unless the key was deleted meanwhile, or this server heard
 * something later of the user. Without a stamp it only looks.
 * ARGV: deadline, hash, stamp, key, its life in ms, user. Answers {'dead'} or {'live', user}.
 */
const LEARN = new RedisScript(`${LIBRARY}
local key, stamp, life_ms, user = prefix .. 'key:' .. ARGV[2], ARGV[3], tonumber(ARGV[5]), cjson.decode(ARGV[6])
if redis.call('GET', key) == '"${DEAD}"' then return { 'dead' } end
if stamp == '' then return { 'live', ARGV[6] } end
user = confirm_user(user)
redis.call('SET', key, ARGV[4], 'PX', life_ms)
redis.call('PEXPIRE', prefix .. 'user', math.max(redis.call('PTTL', prefix .. 'user'), life_ms))
return { 'live', cjson.encode(user) }
`);

/** ARGV: deadline, hashes. */
const KILL = new RedisScript(`${LIBRARY}
for i = 2, #ARGV do redis.call('SET', prefix .. 'key:' .. ARGV[i], '"${DEAD}"', 'PX', ${MARK_LIFE_MS}) end
return 1
`);

/**
 * The key store of many instances: copies of the rows, which are the truth.
 *
 * A copy is stamped with the identity of the server that it was written to. One with another stamp comes from a server
 * that may have gone back in time, so the row is read again, and so it is for a key that the server does not have. A
 * deleted key leaves a mark, which is true whatever became of the server: the rows bring no deleted key back. Those of
 * a database that was restored from a backup do, so all keys are to be deleted from it before it serves.
 */
@Injectable()
export class RedisKeyStore extends KeyStore {
  /** Callers that ask at the same time share one read, which begins after they asked. */
  private readonly reads = new Batch((hashes: string[]) => this.readAll(hashes));

  constructor(
    private readonly redis: Redis,
    private readonly rows: KeyRows,
  ) {
    super();
  }

  override async find(reference: KeyReference): Promise<LiveKey | undefined> {
    const { userId, hash } = reference;
    const prefix = prefixOf(userId);
    const keys = [`${prefix}key:${hash}`, `${prefix}user`];
    const [record, user] = (await this.redis.getAll(keys)) as [
      (KeyRecord | typeof DEAD)?,
      FoundUserRecord?,
    ];
    if (record === DEAD) return undefined;
    const { identity } = this.redis;
    const isOfThisServer = record !== undefined && record[0] === identity;
    return isOfThisServer && isUserOf(user, identity)
      ? liveKey(toKey(userId, record), factsOf(user))
      : this.learn(reference);
  }

  override async kill(userId: number, hashes: readonly string[]): Promise<void> {
    if (hashes.length > 0) await this.run(KILL, userId, ...hashes);
  }

  /** Reads the row, and lets this server know what it says. */
  private async learn({ userId, hash }: KeyReference): Promise<LiveKey | undefined> {
    // Before the row: what a later server has heard meanwhile must not be overwritten in its name. One that is not
    // known yet leaves the next request to read the row again.
    const stamp = this.redis.identity ?? '';
    const found = await this.reads.add(hash);
    // One that is not live needs no copy, and the next to ask reads the row again.
    if (found?.userId !== userId || !liveKey(found, found.user)) return undefined;
    const record = JSON.stringify(toRecord(found, stamp));
    const user = JSON.stringify(toUserRecord(found.user, stamp));
    const details = [hash, stamp, record, lifeMs(found), user];
    const [outcome, present] = await this.run(LEARN, userId, ...details);
    if (outcome !== 'live' || present === undefined) return undefined;
    return liveKey(found, factsOf(JSON.parse(present) as UserRecord));
  }

  private async readAll(hashes: string[]): Promise<(FoundKey | undefined)[]> {
    const found = await this.rows.find([...new Set(hashes)]);
    return hashes.map((hash) => found.get(hash));
  }

  private async run(
    script: RedisScript,
    userId: number,
    ...details: (string | number)[]
  ): Promise<string[]> {
    const reply = await this.redis.run(script, [`${prefixOf(userId)}sessions`], details);
    return Array.isArray(reply) ? reply.map(String) : [];
  }
}

function toRecord({ id, roles, expiresAtSeconds }: FoundKey, stamp: string): KeyRecord {
  return [stamp, id, formatRoles(roles), expiresAtSeconds ?? 0];
}

function toKey(userId: number, [, id, roles, expiresAtSeconds]: KeyRecord) {
  return { id, userId, roles: parseRoles(roles), expiresAtSeconds: expiresAtSeconds || null };
}

/** How long a copy is kept: never longer than the key lives. */
function lifeMs({ expiresAtSeconds }: FoundKey): number {
  const leftSeconds = expiresAtSeconds === null ? Infinity : expiresAtSeconds - nowSeconds();
  return Math.max(1, Math.min(leftSeconds, COPY_LIFE_SECONDS)) * 1000;
}
