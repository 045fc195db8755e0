import { Injectable } from '@nestjs/common';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import { Redis, type RedisScript } from '../redis/redis.js';
import { CLOCK_SKEW_SECONDS } from './clock.js';
import {
  factsOf,
  isUserOf,
  prefixOf,
  toRecord,
  toToken,
  toUserRecord,
  type FoundUserRecord,
  type TokenRecord,
  type UserRecord,
} from './redis-records.js';
import { CONSUME, NOTE_PRESENTED, RENEW } from './redis-renewal-scripts.js';
import {
  CONFIRM,
  DESCRIBE,
  END_SESSIONS,
  ISSUE,
  REPLACEMENTS,
  REPLACE_TOKENS,
} from './redis-session-scripts.js';
import {
  RevocationStore,
  type LiveToken,
  type PresentedToken,
  type Renewal,
  type RenewalResult,
  type Successor,
  type TokenReference,
} from './revocation-store.js';
import { SessionRows } from './session-rows.js';
import { isSameOfUser, type UserFacts } from './user-facts.js';

/** The answer of a script: what happened, and what it made. */
type Reply = [outcome: string, ...details: string[]];

/**
 * The revocation store of many instances. One record for each live token, one script for each step.
 *
 * Each record is stamped with the identity of the server that it was written to. One with another stamp
 * comes from a server that may have gone back in time, so it counts only after its session's row says
 * so, and is stamped again. So is what is said of the user.
 */
@Injectable()
export class RedisRevocationStore extends RevocationStore {
  override readonly isApart = true;

  constructor(
    private readonly env: Env,
    private readonly redis: Redis,
    private readonly rows: SessionRows,
  ) {
    super();
  }

  override async issue(token: LiveToken): Promise<void> {
    const { userId, jti, expiresAtSeconds } = token;
    const record = JSON.stringify(toRecord(token, await this.redis.identify()));
    const until = expiresAtSeconds + this.keptSeconds;
    await this.run(ISSUE, userId, jti, record, until);
  }

  override async find(reference: TokenReference): Promise<LiveToken | undefined> {
    const prefix = prefixOf(reference.userId);
    const keys = [`${prefix}token:${reference.jti}`, `${prefix}user`];
    const [record, user] = (await this.redis.getAll(keys)) as [TokenRecord?, FoundUserRecord?];
    if (record?.[0] !== reference.sessionId) return undefined;
    const { identity } = this.redis;
    const isOfThisServer = identity !== undefined && record[8] === identity;
    return isOfThisServer && isUserOf(user, identity)
      ? toToken(reference, record, user)
      : this.confirm(reference);
  }

  override async remainingMs({ userId, jti }: TokenReference): Promise<number | undefined> {
    const key = `${prefixOf(userId)}token:${jti}`;
    const remainingMs = await this.redis.remainingMs(key);
    return remainingMs > 0 ? remainingMs : undefined;
  }

  override async renew(
    reference: PresentedToken,
    successor: Successor,
    renewal: Renewal,
  ): Promise<RenewalResult> {
    const { userId, sessionId, jti } = reference;
    const reuseMs = renewal.kind === 'hard' ? renewal.reuseIntervalSeconds * 1000 : 0;
    const [outcome, newestJti = '', record = '', fresh, user] = await this.runTrusted(
      reference,
      (stamp) => [
        RENEW,
        stamp,
        sessionId,
        jti,
        ...this.successorArguments(successor),
        renewal.kind,
        reuseMs,
        reference.issuedAtSeconds,
      ],
    );
    if (outcome !== 'renewed') return { outcome: outcome === 'reused' ? 'reused' : 'refused' };
    const token = parse({ userId, jti: newestJti }, record, user);
    return { outcome, token, fresh: Number(fresh) === 1 };
  }

  override async consume(
    reference: TokenReference,
    successor: Successor,
  ): Promise<LiveToken | undefined> {
    const { userId, sessionId, jti } = reference;
    const [outcome, record = '', user] = await this.runTrusted(reference, (stamp) => [
      CONSUME,
      stamp,
      sessionId,
      jti,
      ...this.successorArguments(successor),
    ]);
    return outcome === 'consumed' ? parse({ userId, jti: successor.jti }, record, user) : undefined;
  }

  override async notePresented({ userId, sessionId, jti }: LiveToken): Promise<void> {
    await this.run(NOTE_PRESENTED, userId, sessionId, jti);
  }

  override async replacementsOf({
    userId,
    sessionId,
  }: Omit<TokenReference, 'jti'>): Promise<number | undefined> {
    const [replacements] = await this.run(REPLACEMENTS, userId, sessionId);
    return Number(replacements) < 0 ? undefined : Number(replacements);
  }

  override async replaceTokens(
    { userId, sessionId }: Omit<TokenReference, 'jti'>,
    successor: Successor,
    replacements: number,
  ): Promise<LiveToken | undefined> {
    const stamp = await this.redis.identify();
    const details = [stamp, sessionId, ...this.successorArguments(successor), replacements];
    const [outcome] = await this.run(REPLACE_TOKENS, userId, ...details);
    // Found like any other: what is said of the user may have to be confirmed.
    return outcome === 'replaced'
      ? this.find({ userId, sessionId, jti: successor.jti })
      : undefined;
  }

  override async endSessions(userId: number, sessionIds: string[]): Promise<void> {
    if (sessionIds.length > 0) await this.run(END_SESSIONS, userId, ...sessionIds);
  }

  override async describe(userId: number, facts: UserFacts): Promise<UserFacts | undefined> {
    const user = toUserRecord(facts, await this.redis.identify());
    const [outcome, present = ''] = await this.run(DESCRIBE, userId, JSON.stringify(user));
    if (outcome !== 'kept') return undefined;
    const kept = factsOf(JSON.parse(present) as UserRecord);
    return isSameOfUser(kept, facts) ? undefined : kept;
  }

  /** Redis does it by itself. */
  override prune(): Promise<void> {
    return Promise.resolve();
  }

  override async ping(): Promise<void> {
    await this.redis.ping();
  }

  /** Asks the session's row about a record of another server, and stamps or removes it. */
  private async confirm(reference: TokenReference): Promise<LiveToken | undefined> {
    const { userId, sessionId, jti } = reference;
    // Before the rows: what a later server has heard meanwhile must not be overwritten in its name. One that is not
    // known yet leaves the next request to ask the rows again.
    const stamp = this.redis.identity ?? '';
    const row = await this.rows.openSession(sessionId);
    if (!row) {
      await this.endSessions(userId, [sessionId]);
      return undefined;
    }
    const { facts, generation, replacements, unsettledUntilMs } = row;
    // Password changes that are under way have written the row, and the store may not have heard of them.
    const known = unsettledUntilMs === null ? replacements : 0;
    const user = JSON.stringify(toUserRecord(facts, stamp));
    const details = [jti, stamp, user, generation, known];
    const [outcome, record = '', confirmed] = await this.run(CONFIRM, userId, ...details);
    return outcome === 'confirmed' ? parse(reference, record, confirmed) : undefined;
  }

  /** Runs a script on a token, once more if its record had to be confirmed first. */
  private async runTrusted(
    reference: TokenReference,
    call: (stamp: string) => [RedisScript, ...(string | number)[]],
  ): Promise<Reply> {
    const [script, ...details] = call(await this.redis.identify());
    const reply = await this.run(script, reference.userId, ...details);
    const [outcome, newestJti] = reply;
    if (outcome !== 'foreign') return reply;
    const isLive = (await this.find(reference)) !== undefined;
    // One that was replaced, and whose answer may have been lost: the newest token speaks for the session.
    if (!isLive && newestJti) await this.find({ ...reference, jti: newestJti });
    const [, ...detailsNow] = call(await this.redis.identify());
    const again = await this.run(script, reference.userId, ...detailsNow);
    // The server has become another one once more.
    if (again[0] === 'foreign') throw new DomainError('service-unavailable');
    // A token that is not live may have been made after what this server went back to: it is refused, and no theft.
    return again[0] === 'reused' ? ['refused'] : again;
  }

  private async run(
    script: RedisScript,
    userId: number,
    ...details: (string | number)[]
  ): Promise<Reply> {
    const reply = await this.redis.run(script, [`${prefixOf(userId)}sessions`], details);
    return Array.isArray(reply) ? (reply.map(String) as Reply) : [String(reply)];
  }

  private successorArguments(successor: Successor): (string | number)[] {
    const { jti, issuedAtSeconds, lifetimeSeconds } = successor;
    return [jti, issuedAtSeconds, lifetimeSeconds, this.keptSeconds];
  }

  private get keptSeconds(): number {
    return Math.max(this.env.TOKEN_RENEW_GRACE, CLOCK_SKEW_SECONDS);
  }
}

function parse(
  reference: Pick<TokenReference, 'userId' | 'jti'>,
  record: string,
  user = '',
): LiveToken {
  return toToken(reference, JSON.parse(record) as TokenRecord, JSON.parse(user) as UserRecord);
}
