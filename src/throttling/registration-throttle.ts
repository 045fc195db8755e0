import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { addressBlock } from '../common/address-block.js';
import type { ClientInfo } from '../common/client-info.js';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import type { Counter } from './counter.js';
import { Counters } from './counters.js';

const WINDOW_SECONDS = 3600;

/** Limits how many names one address may register, or try whether they are taken. */
@Injectable()
export class RegistrationThrottle {
  private readonly attempts: Counter;

  constructor(
    { REGISTRATIONS_PER_HOUR }: Env,
    counters: Counters,
    private readonly audit: AuditService,
  ) {
    this.attempts = counters.named('registrations', REGISTRATIONS_PER_HOUR, WINDOW_SECONDS);
  }

  /** Counts one. @throws DomainError `too-many-attempts` or `service-unavailable` */
  async admit(client: ClientInfo): Promise<void> {
    const excessMs = await this.attempts.raise(addressBlock(client.address));
    if (excessMs === 0) return;
    this.audit.log({ type: 'registration.throttled', outcome: 'failure', client });
    throw new DomainError('too-many-attempts', {
      detail: 'Too many names were registered from this address: try again later',
      retryAfterSeconds: Math.ceil(excessMs / 1000),
    });
  }
}
