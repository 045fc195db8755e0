import type { LoggedEventType } from '../audit/security-event.entity.js';
import type { AuditService } from '../audit/audit.service.js';
import { addressBlock } from '../common/address-block.js';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError } from '../problems/errors.js';
import type { Counter } from './counter.js';

/** Limits how often one address does something, no matter in whose name. */
export abstract class AddressThrottle {
  protected constructor(
    private readonly counter: Counter,
    private readonly audit: AuditService,
    /** The event of a refusal, and what the client is told. */
    private readonly refusal: { readonly type: LoggedEventType; readonly detail: string },
  ) {}

  /** Counts one. @throws DomainError `too-many-attempts` or `service-unavailable` */
  async admit(client: ClientInfo): Promise<void> {
    const excessMs = await this.counter.raise(addressBlock(client.address));
    if (excessMs === 0) return;
    const { type, detail } = this.refusal;
    this.audit.log({ type, outcome: 'failure', client });
    throw new DomainError('too-many-attempts', {
      detail,
      retryAfterSeconds: Math.ceil(excessMs / 1000),
    });
  }
}
