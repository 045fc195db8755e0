import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { Batch } from '../common/batch.js';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import type { LiveToken } from './revocation-store.js';
import { SessionRows, type OwnedSession } from './session-rows.js';

interface RenewalNote {
  readonly token: LiveToken;
  /** Before this moment the session had not ended, as far as the renewal knew. */
  readonly beganMs: number | undefined;
  /** Who is to be told of in an event; nobody where the token is not new. */
  readonly client: ClientInfo | undefined;
}

interface EndNote extends OwnedSession {
  readonly client: ClientInfo;
}

/** What a renewal finds of its session: one that `just ended` did so beside it. */
export type RenewedSession = 'open' | 'just ended' | 'ended';

/** What became of a session's row: `already` ended before, or `unknown` as a session of that user. */
export type EndedSession = 'ended' | 'already' | 'unknown';

/**
 * What renewals and log-outs write to the rows of their sessions, with their events. Those that come at
 * once share a transaction, and each is answered after it.
 */
@Injectable()
export class SessionJournal {
  private readonly checks = new Batch((ids: string[]) => this.areOpen(ids));
  private readonly renewals = new Batch((notes: RenewalNote[]) => this.writeRenewals(notes));
  private readonly ends = new Batch((notes: EndNote[]) => this.writeEnds(notes));

  constructor(
    private readonly database: Database,
    private readonly rows: SessionRows,
    private readonly audit: AuditService,
  ) {}

  /** Whether the session has not been ended. @throws DomainError `service-unavailable` */
  async isOpen(sessionId: string): Promise<boolean> {
    return this.checks.add(sessionId);
  }

  /** Notes a renewal, as an event where it has a client. @throws DomainError `service-unavailable` */
  async noteRenewal(note: RenewalNote): Promise<RenewedSession> {
    return this.renewals.add(note);
  }

  /** Ends a session of the user's, with its event. @throws DomainError `service-unavailable` */
  async end(note: EndNote): Promise<EndedSession> {
    return this.ends.add(note);
  }

  private async areOpen(ids: string[]): Promise<boolean[]> {
    const open = await this.database.read((manager) => this.rows.openAmong(manager, ids));
    return ids.map((id) => open.has(id));
  }

  private async writeRenewals(notes: RenewalNote[]): Promise<RenewedSession[]> {
    return this.database.write(async (manager) => {
      const tokens = notes.map(({ token }) => token);
      const noted = await this.rows.touch(manager, tokens);
      const others = tokens.map(({ sessionId }) => sessionId).filter((id) => !noted.has(id));
      // Where it is open, a later renewal was noted first, and this one has happened before it.
      const open = new Set([...noted, ...(await this.rows.openAmong(manager, others))]);
      await this.audit.recordAll(
        manager,
        notes.flatMap(({ token: { userId, sessionId }, client }) =>
          client && open.has(sessionId)
            ? [{ type: 'token.renewed', userId, sessionId, client } as const]
            : [],
        ),
      );
      return Promise.all(
        notes.map(async ({ token: { sessionId }, beganMs }) => {
          if (open.has(sessionId)) return 'open';
          const isBeside =
            beganMs !== undefined && (await this.rows.hasJustEnded(manager, sessionId, beganMs));
          return isBeside ? 'just ended' : 'ended';
        }),
      );
    });
  }

  private async writeEnds(notes: EndNote[]): Promise<EndedSession[]> {
    return this.database.write(async (manager) => {
      const ended = new Set((await this.rows.end(manager, notes)).map(keyOf));
      const others = notes.filter((note) => !ended.has(keyOf(note)));
      const known = new Set([
        ...ended,
        ...(others.length > 0 ? (await this.rows.known(manager, others)).map(keyOf) : []),
      ]);
      const outcomes = notes.map((note): EndedSession => {
        // Of two that end the same one, the first does.
        if (ended.delete(keyOf(note))) return 'ended';
        return known.has(keyOf(note)) ? 'already' : 'unknown';
      });
      await this.audit.recordAll(
        manager,
        notes
          .filter((_, index) => outcomes[index] === 'ended')
          .map((note) => ({ type: 'session.ended', ...note })),
      );
      return outcomes;
    });
  }
}

/** Tells sessions apart, also where one is said to be of two users. */
function keyOf({ userId, sessionId }: OwnedSession): string {
  return `${userId} ${sessionId}`;
}
