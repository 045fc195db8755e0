import { Injectable } from '@nestjs/common';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { ClientRows } from './client-rows.js';
import { ClientStore } from './client-store.js';

/**
 * Finishes a change of a client, whose row has it: 1. the store, which answers the requests, 2. the verifiers, which
 * keep answers, 3. the row again, which notes that they have heard. A client that was deleted keeps its row until then:
 * it may hold leases of its own.
 */
@Injectable()
export class ClientChanges {
  constructor(
    private readonly store: ClientStore,
    private readonly rows: ClientRows,
    private readonly announcements: ChangeAnnouncements,
  ) {}

  /** Resolves once no instance and no verifier goes by an earlier row. @throws DomainError `service-unavailable` */
  async finish(clientId: string): Promise<void> {
    const told = await this.store.tell(clientId);
    await this.announcements.tell({ kind: 'client-changed', clientId });
    if (told) await this.rows.noteTold(told);
  }
}
