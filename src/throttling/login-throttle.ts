import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError } from '../common/errors.js';
import { Env } from '../config/env.js';
import { addressBlock } from './address-block.js';
import type { Counter } from './counter.js';
import { Counters } from './counters.js';

const ADDRESS_WINDOW_SECONDS = 3600;

/** The owner is told of the first refusal in so long, and the log of each. */
const REFUSAL_WINDOW_SECONDS = 60;

/** A pair of account and address that logged in this recently is not shut out by others' failures. */
const KNOWN_DAYS = 30;

/** A password that is about to be checked. */
export interface LoginAttempt {
  /** In its canonical form where it has one; unknown names count like known ones. */
  readonly username: string;
  readonly userId: number | null;
  readonly client: ClientInfo;
}

/**
 * Limits the guessing of passwords (OWASP ASVS 6.3.1, NIST SP 800-63B-4 §3.2.2): failures for a name
 * from one address, from one address, and for a name from everywhere. Only failures count, so that
 * correct log-ins are not refused, however many come at once.
 */
@Injectable()
export class LoginThrottle {
  private readonly pairs: Counter;
  private readonly addresses: Counter;
  private readonly accounts: Counter;
  private readonly refusals: Counter;

  constructor(
    env: Env,
    counters: Counters,
    private readonly audit: AuditService,
  ) {
    this.pairs = counters.named('failures', env.LOGIN_MAX_FAILURES, env.LOGIN_WINDOW);
    this.addresses = counters.named(
      'address-failures',
      env.ADDRESS_MAX_FAILURES,
      ADDRESS_WINDOW_SECONDS,
    );
    this.accounts = counters.named(
      'account-failures',
      env.ACCOUNT_MAX_FAILURES,
      env.ACCOUNT_WINDOW,
    );
    this.refusals = counters.named('refusals', 1, REFUSAL_WINDOW_SECONDS);
  }

  /**
   * Lets an attempt go on to its hash. To be asked when the hash starts, and followed by `failed` or
   * `succeeded` before the next one starts in its place.
   * @throws DomainError `too-many-attempts` or `service-unavailable`
   */
  async admit(attempt: LoginAttempt): Promise<void> {
    const { pair, address, account } = keysOf(attempt);
    const [pairMs, addressMs, accountMs] = await Promise.all([
      this.pairs.excessMs(pair),
      this.addresses.excessMs(address),
      this.accounts.excessMs(account),
    ]);
    const othersMs = Math.max(addressMs, accountMs);
    const isSparedOthers = othersMs > 0 && (await this.isKnown(attempt));
    const waitMs = Math.max(pairMs, isSparedOthers ? 0 : othersMs);
    if (waitMs === 0) return;
    throw new DomainError('too-many-attempts', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }

  /** Notes that an attempt was refused. @throws DomainError `service-unavailable` */
  async refused(attempt: LoginAttempt): Promise<void> {
    const { userId, client } = attempt;
    const event = { type: 'login.throttled', outcome: 'failure', userId, client } as const;
    // A row for each would let whoever is refused go on filling the database.
    if ((await this.refusals.raise(keysOf(attempt).pair)) === 0)
      await this.audit.recordAlone(event);
    else this.audit.log(event);
  }

  /** @throws DomainError `service-unavailable` */
  async failed(attempt: LoginAttempt): Promise<void> {
    const { pair, address, account } = keysOf(attempt);
    await Promise.all([
      this.pairs.raise(pair),
      this.addresses.raise(address),
      this.accounts.raise(account),
    ]);
  }

  /** @throws DomainError `service-unavailable` */
  async succeeded(attempt: LoginAttempt): Promise<void> {
    await this.pairs.reset(keysOf(attempt).pair);
  }

  private async isKnown({ userId, client }: LoginAttempt): Promise<boolean> {
    // Asked for nobody too, so that the answer takes alike.
    const addresses = await this.audit.loginAddresses(userId ?? 0, KNOWN_DAYS);
    const block = addressBlock(client.address);
    return addresses.some((address) => addressBlock(address) === block);
  }
}

/** Names are hashed: a failed one may be a password that was typed into the wrong field. */
function keysOf({ username, client }: LoginAttempt) {
  const account = createHash('sha256').update(username).digest('base64url').slice(0, 22);
  const address = addressBlock(client.address);
  return { pair: `${account}:${address}`, address, account };
}
