import { Injectable } from '@nestjs/common';
import { In, LessThan, LessThanOrEqual, type EntityManager } from 'typeorm';
import { Batch } from '../common/batch.js';
import { Database } from '../database/database.js';
import { CLOCK_SKEW_SECONDS } from './clock.js';
import { isPastHalfLife, successorOf } from './renewal-rules.js';
import {
  RevocationStore,
  type LiveToken,
  type Renewal,
  type RenewalResult,
  type Successor,
  type TokenReference,
} from './revocation-store.js';
import { Token } from './token.entity.js';

/** A time before every clock's: what died then stays dead, also when a clock is set back. */
const LONG_AGO_MS = 0;

/** The revocation store of a service without Redis: one row for each token, one transaction for each step. */
@Injectable()
export class DatabaseRevocationStore extends RevocationStore {
  /** Who asks at once is answered by one read, which begins after they asked. */
  private readonly finds = new Batch((jtis: string[]) => this.findAll(jtis));

  constructor(private readonly database: Database) {
    super();
  }

  override async issue(token: LiveToken): Promise<void> {
    await this.database.writeFor(token.userId, (manager) => insert(manager, token));
  }

  override async find({ jti }: TokenReference): Promise<LiveToken | undefined> {
    return this.finds.add(jti);
  }

  override async renew(
    { userId, jti }: TokenReference,
    successor: Successor,
    renewal: Renewal,
  ): Promise<RenewalResult> {
    const presentSeconds = successor.issuedAtSeconds;
    return this.database.writeFor(userId, async (manager) => {
      const presented = await manager.findOneBy(Token, { jti });
      if (!presented) return { outcome: 'refused' };
      const { sessionId } = presented;
      if (await this.isDead(manager, presented)) {
        return { outcome: renewal.kind === 'soft' ? 'refused' : 'reused' };
      }
      if (presentSeconds >= presented.sessionEndsAtSeconds) return { outcome: 'refused' };

      if (renewal.kind === 'hard' && presented.diesAtMs === null) {
        const nowMs = await this.database.nowMs(manager);
        const diesAtMs = nowMs + renewal.reuseIntervalSeconds * 1000;
        await manager.update(Token, { jti }, { diesAtMs });
      }
      const newest = presented.newest
        ? presented
        : await manager.findOneBy(Token, { sessionId, newest: true });
      const isDue =
        !newest ||
        isPastHalfLife(newest, presentSeconds) ||
        (renewal.kind === 'hard' && newest.jti === jti);
      const next = successorOf(newest ?? presented, successor, renewal.kind === 'hard');
      const isWorthIt =
        !newest || renewal.kind === 'hard' || next.expiresAtSeconds > newest.expiresAtSeconds;
      if (newest && !(isDue && isWorthIt)) {
        return { outcome: 'renewed', token: newest, fresh: false };
      }
      await this.supersede(manager, sessionId, next);
      return { outcome: 'renewed', token: next, fresh: true };
    });
  }

  override async consume(
    { userId, jti }: TokenReference,
    successor: Successor,
  ): Promise<LiveToken | undefined> {
    return this.database.writeFor(userId, async (manager) => {
      const presented = await manager.findOneBy(Token, { jti });
      if (!presented || (await this.isDead(manager, presented))) return undefined;
      if (successor.issuedAtSeconds >= presented.sessionEndsAtSeconds) return undefined;
      const next = successorOf(presented, successor, true);
      await manager.delete(Token, { jti });
      await this.supersede(manager, presented.sessionId, next);
      return next;
    });
  }

  override async replaceTokens(
    { userId, sessionId }: Omit<TokenReference, 'jti'>,
    successor: Successor,
  ): Promise<LiveToken | undefined> {
    return this.database.writeFor(userId, async (manager) => {
      const token = await manager.findOneBy(Token, { userId, sessionId });
      if (!token || successor.issuedAtSeconds >= token.sessionEndsAtSeconds) return undefined;
      const next = successorOf(token, successor, true);
      await manager.delete(Token, { sessionId });
      await insert(manager, next);
      return next;
    });
  }

  override async endSessions(userId: number, sessionIds: string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    await this.database.writeFor(userId, (manager) =>
      manager.delete(Token, { userId, sessionId: In(sessionIds) }),
    );
  }

  override async rename(userId: number, username: string): Promise<void> {
    await this.database.writeFor(userId, (manager) =>
      manager.update(Token, { userId }, { username }),
    );
  }

  override async prune(graceSeconds: number): Promise<void> {
    const keptSeconds = Math.max(graceSeconds, CLOCK_SKEW_SECONDS);
    await this.database.write(async (manager) => {
      const nowMs = await this.database.nowMs(manager);
      const expiredBeforeSeconds = Math.floor(nowMs / 1000) - keptSeconds;
      await manager.delete(Token, { expiresAtSeconds: LessThan(expiredBeforeSeconds) });
      await manager.update(Token, { diesAtMs: LessThanOrEqual(nowMs) }, { diesAtMs: LONG_AGO_MS });
    });
  }

  override async ping(): Promise<void> {
    await this.database.ping();
  }

  private async findAll(jtis: string[]): Promise<(LiveToken | undefined)[]> {
    return this.database.read(async (manager) => {
      const live = new Map<string, LiveToken>();
      for (const token of await manager.findBy(Token, { jti: In(jtis) })) {
        if (!(await this.isDead(manager, token))) live.set(token.jti, token);
      }
      return jtis.map((jti) => live.get(jti));
    });
  }

  private async isDead(manager: EntityManager, { diesAtMs }: Token): Promise<boolean> {
    return diesAtMs !== null && diesAtMs <= (await this.database.nowMs(manager));
  }

  private async supersede(
    manager: EntityManager,
    sessionId: string,
    next: LiveToken,
  ): Promise<void> {
    await manager.update(Token, { sessionId, newest: true }, { newest: false });
    await insert(manager, next);
  }
}

async function insert(manager: EntityManager, token: LiveToken): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(Token)
    .values({ ...token, diesAtMs: null })
    .updateEntity(false)
    .execute();
}
