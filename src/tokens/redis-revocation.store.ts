import { Injectable } from '@nestjs/common';
import { Env } from '../config/env.js';
import { Redis, type RedisScript } from '../redis/redis.js';
import { CLOCK_SKEW_SECONDS } from './clock.js';
import {
  CONFIRM,
  CONSUME,
  END_SESSIONS,
  ISSUE,
  RENAME,
  RENEW,
  REPLACE_TOKENS,
} from './redis-scripts.js';
import {
  RevocationStore,
  type LiveToken,
  type Renewal,
  type RenewalResult,
  type Successor,
  type TokenReference,
} from './revocation-store.js';
import { SessionQueries } from './session-queries.js';

/** A live token as Redis holds it, in the order of the constants in `redis-scripts.ts`. */
type Record = [
  sessionId: string,
  username: string,
  authTimeSeconds: number,
  sessionEndsAtSeconds: number,
  issuedAtSeconds: number,
  expiresAtSeconds: number,
  newest: 0 | 1,
  generation: number,
  stamp: string,
];

/** The answer of a script: what happened, and what it made. */
type Reply = [outcome: string, ...details: string[]];

/**
 * The revocation store of many instances. One record for each live token, one script for each step.
 *
 * Each record is stamped with the identity of the server that it was written to. One with another stamp
 * comes from a server that may have gone back in time, so it counts only after its session's row says
 * so, and is stamped anew, with the name in the row.
 */
@Injectable()
export class RedisRevocationStore extends RevocationStore {
  constructor(
    private readonly env: Env,
    private readonly redis: Redis,
    private readonly sessions: SessionQueries,
  ) {
    super();
  }

  override async issue(token: LiveToken): Promise<void> {
    const { userId, jti, expiresAtSeconds } = token;
    const record = JSON.stringify(toRecord(token, await this.redis.identify()));
    await this.run(ISSUE, userId, jti, record, expiresAtSeconds + this.keptSeconds);
  }

  override async find(reference: TokenReference): Promise<LiveToken | undefined> {
    const key = `${prefixOf(reference.userId)}token:${reference.jti}`;
    const record = (await this.redis.get(key)) as Record | undefined;
    if (!record) return undefined;
    const trusted =
      record[8] === this.redis.identity ? record : await this.confirm(reference, record);
    return trusted && toToken(reference, trusted);
  }

  override async renew(
    reference: TokenReference,
    successor: Successor,
    renewal: Renewal,
  ): Promise<RenewalResult> {
    const { userId, sessionId, jti } = reference;
    const reuseMs = renewal.kind === 'hard' ? renewal.reuseIntervalSeconds * 1000 : 0;
    const [outcome, newestJti = '', record = '', fresh] = await this.runTrusted(
      reference,
      (stamp) => [
        RENEW,
        stamp,
        sessionId,
        jti,
        ...this.successorArguments(successor),
        renewal.kind,
        reuseMs,
      ],
    );
    if (outcome !== 'renewed') return { outcome: outcome === 'reused' ? 'reused' : 'refused' };
    const token = parse({ userId, jti: newestJti }, record);
    return { outcome, token, fresh: Number(fresh) === 1 };
  }

  override async consume(
    reference: TokenReference,
    successor: Successor,
  ): Promise<LiveToken | undefined> {
    const { userId, sessionId, jti } = reference;
    const [outcome, record = ''] = await this.runTrusted(reference, (stamp) => [
      CONSUME,
      stamp,
      sessionId,
      jti,
      ...this.successorArguments(successor),
    ]);
    return outcome === 'consumed' ? parse({ userId, jti: successor.jti }, record) : undefined;
  }

  override async replaceTokens(
    { userId, sessionId }: Omit<TokenReference, 'jti'>,
    successor: Successor,
  ): Promise<LiveToken | undefined> {
    const stamp = await this.redis.identify();
    const details = [stamp, sessionId, ...this.successorArguments(successor)];
    const [outcome, record = ''] = await this.run(REPLACE_TOKENS, userId, ...details);
    return outcome === 'replaced' ? parse({ userId, jti: successor.jti }, record) : undefined;
  }

  override async endSessions(userId: number, sessionIds: string[]): Promise<void> {
    if (sessionIds.length > 0) await this.run(END_SESSIONS, userId, ...sessionIds);
  }

  override async rename(userId: number, username: string): Promise<void> {
    await this.run(RENAME, userId, username);
  }

  /** Redis does it by itself. */
  override prune(): Promise<void> {
    return Promise.resolve();
  }

  override async ping(): Promise<void> {
    await this.redis.ping();
  }

  /** Asks the session's row about a record of another server, and stamps or removes it. */
  private async confirm(reference: TokenReference, record: Record): Promise<Record | undefined> {
    const { userId, sessionId, jti } = reference;
    const row = await this.sessions.openSession(sessionId);
    if (!row) {
      await this.endSessions(userId, [sessionId]);
      return undefined;
    }
    // A server that is not known yet leaves the next request to ask the row again.
    const stamp = this.redis.identity ?? record[8];
    const { username, generation } = row;
    const [outcome, confirmed = ''] = await this.run(
      CONFIRM,
      userId,
      ...[jti, stamp, record[1], username, generation],
    );
    return outcome === 'confirmed' ? (JSON.parse(confirmed) as Record) : undefined;
  }

  /** Runs a script on a token, once more where its record first had to be confirmed. */
  private async runTrusted(
    reference: TokenReference,
    call: (stamp: string) => [RedisScript, ...(string | number)[]],
  ): Promise<Reply> {
    const [script, ...details] = call(await this.redis.identify());
    const reply = await this.run(script, reference.userId, ...details);
    if (reply[0] !== 'foreign') return reply;
    if (!(await this.find(reference))) return ['refused'];
    const [, ...detailsNow] = call(await this.redis.identify());
    return this.run(script, reference.userId, ...detailsNow);
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

/** The braces put all keys of a user into one slot of a cluster. */
function prefixOf(userId: number): string {
  return `gatehouse:{${userId}}:`;
}

function toRecord(token: LiveToken, stamp: string): Record {
  return [
    token.sessionId,
    token.username,
    token.authTimeSeconds,
    token.sessionEndsAtSeconds,
    token.issuedAtSeconds,
    token.expiresAtSeconds,
    token.newest ? 1 : 0,
    token.generation,
    stamp,
  ];
}

function toToken(
  { userId, jti }: Pick<TokenReference, 'userId' | 'jti'>,
  record: Record,
): LiveToken {
  return {
    userId,
    jti,
    sessionId: record[0],
    username: record[1],
    authTimeSeconds: record[2],
    sessionEndsAtSeconds: record[3],
    issuedAtSeconds: record[4],
    expiresAtSeconds: record[5],
    newest: record[6] === 1,
    generation: record[7],
  };
}

function parse(reference: Pick<TokenReference, 'userId' | 'jti'>, text: string): LiveToken {
  return toToken(reference, JSON.parse(text) as Record);
}
