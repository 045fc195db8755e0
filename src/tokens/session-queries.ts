import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { nowSeconds } from './clock.js';
import { Session } from './session.entity.js';

/** What can be asked of sessions at any time. It decides nothing: it may have changed when it is answered. */
@Injectable()
export class SessionQueries {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
  ) {}

  /** What an open session's row says of its tokens; nothing where it is not open. */
  async openSession(id: string): Promise<Pick<Session, 'username' | 'generation'> | undefined> {
    const open = { id, endedAtMs: IsNull() };
    const select = { id: true, username: true, generation: true } as const;
    const row = await this.database.read((manager) =>
      manager.findOne(Session, { select, where: open }),
    );
    return row ?? undefined;
  }

  /** The name of the account, as the user's sessions have it; nothing where none is open. */
  async nameOf(userId: number): Promise<string | undefined> {
    const where = { userId, endedAtMs: IsNull() };
    const select = { id: true, username: true } as const;
    const row = await this.database.read((manager) => manager.findOne(Session, { select, where }));
    return row?.username;
  }

  /** Whose session this is, also where it has ended; nothing where it is not known any more. */
  async ownerOf(sessionId: string): Promise<number | undefined> {
    const select = { id: true, userId: true } as const;
    const row = await this.database.read((manager) =>
      manager.findOne(Session, { select, where: { id: sessionId } }),
    );
    return row?.userId;
  }

  /** The user's sessions that can still be renewed, newest first. */
  async list(userId: number): Promise<Session[]> {
    return this.database.read((manager) =>
      manager.find(Session, {
        where: { userId, ...this.renewable() },
        order: { createdAtMs: 'DESC', renewedAtMs: 'DESC' },
      }),
    );
  }

  /** How many sessions of all users can still be renewed. */
  async countRenewable(): Promise<number> {
    return this.database.read((manager) => manager.countBy(Session, this.renewable()));
  }

  private renewable() {
    return {
      endedAtMs: IsNull(),
      expiresAtSeconds: MoreThan(nowSeconds() - this.env.TOKEN_RENEW_GRACE),
      endsAtSeconds: MoreThan(nowSeconds()),
    };
  }
}
