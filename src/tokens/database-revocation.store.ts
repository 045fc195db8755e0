import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import { Batch } from '../database/batch.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { formatMethods } from './authentication-methods.js';
import { CLOCK_SKEW_SECONDS } from './clock.js';
import { decideRenewal, isFollower, successorOf } from './renewal-rules.js';
import {
  MAX_LIVE_TOKENS,
  RevocationStore,
  type LiveToken,
  type PresentedToken,
  type Renewal,
  type RenewalResult,
  type Successor,
  type TokenReference,
} from './revocation-store.js';
import { Token } from './token.entity.js';
import { findTokens, type FoundToken } from './token-rows.js';

/** Few enough for one statement to be done long before its timeout. */
const PRUNED_AT_ONCE = 500;

const OF_SESSION = 'user_id = $1 AND session_id = $2';
const OF_REFERENCE = `${OF_SESSION} AND jti = $3`;
const NEWEST = `${OF_SESSION} AND newest`;
const LATEST = `${OF_SESSION} ORDER BY replacements DESC, generation DESC LIMIT 1`;

/**
 * The revocation store of a service without Redis: one row for each token, one transaction for each step. What it says
 * of a user is the account's row itself: a token without an account is not live.
 */
@Injectable()
export class DatabaseRevocationStore extends RevocationStore {
  override readonly isApart = false;
  /** Callers that ask at the same time share one read, which begins after they asked. */
  private readonly finds = new Batch((asked: TokenReference[]) => this.findAll(asked));

  constructor(private readonly database: Database) {
    super();
  }

  override async issue(token: LiveToken): Promise<void> {
    await this.database.writeFor(token.userId, (manager) => insert(manager, token));
  }

  override async find(reference: TokenReference): Promise<LiveToken | undefined> {
    return this.finds.add(reference);
  }

  override async remainingMs({ jti }: TokenReference): Promise<number | undefined> {
    return this.database.read(async (manager) => {
      const token = await manager.findOneBy(Token, { jti });
      if (!token) return undefined;
      if (token.diesAtMs === null) return Infinity;
      const remainingMs = token.diesAtMs - (await this.database.nowMs(manager));
      return remainingMs > 0 ? remainingMs : undefined;
    });
  }

  override async renew(
    presented: PresentedToken,
    successor: Successor,
    renewal: Renewal,
  ): Promise<RenewalResult> {
    const { userId, sessionId, jti } = presented;
    return this.database.writeFor(userId, async (manager) => {
      const found = await findOne(manager, OF_REFERENCE, [userId, sessionId, jti]);
      const live = found && !(await this.isDead(manager, found)) ? found : undefined;
      const newest = live?.newest ? live : await findOne(manager, NEWEST, [userId, sessionId]);
      const isFull = renewal.kind !== 'hard' && (await this.isFull(manager, sessionId));
      const decision = decideRenewal(presented, live, newest, renewal, successor, isFull);
      if (decision.outcome === 'refused' || decision.outcome === 'reused') return decision;

      if (live && renewal.kind === 'hard' && live.diesAtMs === null) {
        const diesAtMs = (await this.database.nowMs(manager)) + renewal.reuseIntervalSeconds * 1000;
        await manager.update(Token, { jti }, { diesAtMs });
      }
      if (decision.outcome === 'newest') {
        const { newest: token } = decision;
        if (live && isFollower(live, token)) {
          await manager.update(Token, { jti: token.jti }, { followed: true });
        }
        return { outcome: 'renewed', token, fresh: false };
      }
      await this.supersede(manager, sessionId, decision.next);
      return { outcome: 'renewed', token: decision.next, fresh: true };
    });
  }

  override async consume(
    reference: TokenReference,
    successor: Successor,
  ): Promise<LiveToken | undefined> {
    const { userId, sessionId, jti } = reference;
    return this.database.writeFor(userId, async (manager) => {
      const presented = await findOne(manager, OF_REFERENCE, [userId, sessionId, jti]);
      if (!presented || (await this.isDead(manager, presented))) return undefined;
      if (successor.issuedAtSeconds >= presented.sessionEndsAtSeconds) return undefined;
      const next = successorOf(presented, successor, presented, true);
      await manager.delete(Token, { jti });
      await this.supersede(manager, sessionId, next);
      return next;
    });
  }

  override async notePresented({ userId, sessionId, jti, replaces }: LiveToken): Promise<void> {
    await this.database.writeFor(userId, async (manager) => {
      const { affected } = await manager.update(
        Token,
        { userId, sessionId, jti },
        { presented: true },
      );
      if (affected !== 1 || replaces === null) return;
      const follower = { userId, sessionId, newest: true, replaces, jti: Not(jti) };
      await manager.update(Token, follower, { followed: true });
    });
  }

  override async replaceTokens(
    { userId, sessionId }: Omit<TokenReference, 'jti'>,
    successor: Successor,
    replacements: number,
  ): Promise<LiveToken | undefined> {
    return this.database.writeFor(userId, async (manager) => {
      const token = await findOne(manager, LATEST, [userId, sessionId]);
      if (!token || token.replacements >= replacements) return undefined;
      if (successor.issuedAtSeconds >= token.sessionEndsAtSeconds) return undefined;
      const next = {
        ...successorOf(token, successor, token, true),
        replacements,
        restartJti: successor.jti,
        restartedAtSeconds: successor.issuedAtSeconds,
        replaces: null,
        followed: false,
      };
      await manager.delete(Token, { sessionId });
      await insert(manager, next);
      return next;
    });
  }

  override async replacementsOf({
    userId,
    sessionId,
  }: Omit<TokenReference, 'jti'>): Promise<number | undefined> {
    return this.database.read(async (manager) => {
      const replacements = await manager.maximum(Token, 'replacements', { userId, sessionId });
      return replacements ?? undefined;
    });
  }

  override async endSessions(userId: number, sessionIds: string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    await this.database.writeFor(userId, (manager) =>
      manager.delete(Token, { userId, sessionId: In(sessionIds) }),
    );
  }

  /** The account's row says it already. */
  override describe(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  override async prune(graceSeconds: number, signal: AbortSignal): Promise<void> {
    const keptSeconds = Math.max(graceSeconds, CLOCK_SKEW_SECONDS);
    const nowMs = await this.database.read((manager) => this.database.nowMs(manager));
    const expiredBeforeSeconds = Math.floor(nowMs / 1000) - keptSeconds;
    // In the order of the index by which they are found, so that a batch costs the same among millions.
    for (const [condition, limit] of [
      ['expires_at_seconds < $1 ORDER BY expires_at_seconds', expiredBeforeSeconds],
      // Removed and not only dated, so that a clock that is set back brings none of them back.
      ['dies_at_ms <= $1 ORDER BY dies_at_ms', nowMs],
    ] as const) {
      while (!signal.aborted && (await this.pruneSome(condition, limit)) === PRUNED_AT_ONCE);
    }
  }

  /** @returns how many were removed */
  private async pruneSome(condition: string, limit: number): Promise<number> {
    return this.database.write(async (manager) => {
      const removed = await runStatement(
        manager,
        `WITH old AS (SELECT jti FROM tokens WHERE ${condition} LIMIT ${PRUNED_AT_ONCE})
         DELETE FROM tokens WHERE jti IN (SELECT jti FROM old) RETURNING jti`,
        [limit],
      );
      return removed.length;
    });
  }

  override async ping(): Promise<void> {
    await this.database.ping();
  }

  private async findAll(references: TokenReference[]): Promise<(LiveToken | undefined)[]> {
    return this.database.read(async (manager) => {
      const live = new Map<string, LiveToken>();
      const jtis = references.map(({ jti }) => jti);
      const places = jtis.map((_, index) => `$${index + 1}`).join();
      for (const token of await findTokens(manager, `jti IN (${places})`, jtis)) {
        if (!(await this.isDead(manager, token))) live.set(token.jti, token);
      }
      return references.map(({ userId, sessionId, jti }) => {
        const token = live.get(jti);
        // A token counts only with everything that it says of itself.
        return token?.userId === userId && token.sessionId === sessionId ? token : undefined;
      });
    });
  }

  private async isFull(manager: EntityManager, sessionId: string): Promise<boolean> {
    const nowMs = await this.database.nowMs(manager);
    const live = [
      { sessionId, diesAtMs: IsNull() },
      { sessionId, diesAtMs: MoreThan(nowMs) },
    ];
    return (await manager.countBy(Token, live)) >= MAX_LIVE_TOKENS;
  }

  private async isDead(
    manager: EntityManager,
    { diesAtMs }: Pick<Token, 'diesAtMs'>,
  ): Promise<boolean> {
    return diesAtMs !== null && diesAtMs <= (await this.database.nowMs(manager));
  }

  private async supersede(
    manager: EntityManager,
    sessionId: string,
    next: LiveToken,
  ): Promise<void> {
    await manager.update(Token, { sessionId, newest: true }, { newest: false });
    await insert(manager, next);
    await runStatement(
      manager,
      // Only those that were replaced, the dead ones first.
      `DELETE FROM tokens WHERE jti IN (
         SELECT jti FROM tokens WHERE session_id = $1 AND dies_at_ms IS NOT NULL ORDER BY dies_at_ms
         LIMIT (SELECT CASE WHEN COUNT(*) > ${MAX_LIVE_TOKENS} THEN COUNT(*) - ${MAX_LIVE_TOKENS} ELSE 0 END
                FROM tokens WHERE session_id = $1)
       )`,
      [sessionId],
    );
  }
}

async function findOne(
  manager: EntityManager,
  condition: string,
  parameters: readonly (string | number)[],
): Promise<FoundToken | undefined> {
  const [token] = await findTokens(manager, condition, parameters);
  return token;
}

async function insert(manager: EntityManager, token: LiveToken): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(Token)
    .values({ ...token, amr: formatMethods(token.amr), diesAtMs: null })
    .updateEntity(false)
    .execute();
}
