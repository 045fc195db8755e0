import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Batch } from '../database/batch.js';
import { Database } from '../database/database.js';
import { SessionRows, type DoneRenewal, type OwnedSession } from './session-rows.js';

interface RenewalNote extends DoneRenewal {
  readonly client: ClientInfo;
}

interface EndNote extends OwnedSession {
  readonly client: ClientInfo;
}

/** What became of a session's row: `already` ended before, or `unknown` as a session of that user. */
export type EndedSession = 'ended' | 'already' | 'unknown';

/**
 * What renewals and log-outs read from the rows of their sessions and write to them, with their events. Those
 * that come at once share a transaction, and each is answered after it.
 */
@Injectable()
export class SessionJournal {
  private readonly checks = new Batch((ids: string[]) => this.areOpen(ids));
  private readonly beginnings = new Batch((ids: string[]) => this.writeBeginnings(ids));
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

  /**
   * Notes that a token of the session is about to be renewed, so that a database that takes no writes is met
   * before the store's step, which cannot be taken back.
   * @returns whether the session has not been ended
   * @throws DomainError `service-unavailable`
   */
  async beginRenewal(sessionId: string): Promise<boolean> {
    return this.beginnings.add(sessionId);
  }

  /** Notes a renewal that has happened. @throws DomainError `service-unavailable` */
  async noteRenewal(note: RenewalNote): Promise<void> {
    await this.renewals.add(note);
  }

  /** Ends a session of the user's, with its event. @throws DomainError `service-unavailable` */
  async end(note: EndNote): Promise<EndedSession> {
    return this.ends.add(note);
  }

  private async areOpen(ids: string[]): Promise<boolean[]> {
    const open = await this.database.read((manager) => this.rows.openAmong(manager, ids));
    return ids.map((id) => open.has(id));
  }

  private async writeBeginnings(ids: string[]): Promise<boolean[]> {
    const open = await this.database.write((manager) => this.rows.beginRenewals(manager, ids));
    return ids.map((id) => open.has(id));
  }

  private async writeRenewals(notes: RenewalNote[]): Promise<undefined[]> {
    return this.database.write(async (manager) => {
      const told = await this.rows.noteRenewals(manager, notes);
      // If several are of one session, the first is told.
      const events = notes.filter(
        ({ event, token }) => event !== 'untold' && told.delete(token.sessionId),
      );
      await this.audit.recordAll(
        manager,
        events.map(({ token: { userId, sessionId }, client }) => ({
          type: 'token.renewed',
          ...{ userId, sessionId, client },
        })),
      );
      return notes.map(() => undefined);
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
        // If two end the same session, the first one does.
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

/** Tells sessions apart, also if one is said to be of two users. */
function keyOf({ userId, sessionId }: OwnedSession): string {
  return `${userId} ${sessionId}`;
}
