import { Injectable } from '@nestjs/common';
import { sha256 } from '../common/sha256.js';
import { AuditService } from '../audit/audit.service.js';
import { addressBlock } from '../common/address-block.js';
import type { ClientInfo } from '../common/client-info.js';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import type { Counter } from './counter.js';
import { Counters } from './counters.js';

const ADDRESS_WINDOW_SECONDS = 3600;

/** An owner is told of the first refusal in so long, and the log of each. */
const REFUSAL_WINDOW_SECONDS = 60;

/** A pair of account and address that logged in this recently is not shut out by others' failures. */
const KNOWN_DAYS = 30;

/** A password that is about to be checked. */
export interface LoginAttempt {
  /** In its canonical form if it has one; unknown names count like known ones. */
  readonly username: string;
  readonly userId: number | null;
  /** Of the token beside the password, if one came. */
  readonly sessionId?: string;
  readonly client: ClientInfo;
}

/** An attempt was refused, because a limit was reached before. */
export class TooManyFailures extends DomainError {
  /** @param reached the name, the address or the pair of both whose limit it was */
  constructor(
    readonly reached: string,
    waitMs: number,
  ) {
    super('too-many-attempts', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
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
   * Lets an attempt go on to its hash. To be asked before it waits for its turn, and again when the hash
   * starts; this time followed by `failed` or `succeeded` before the next one starts in its place.
   * @throws TooManyFailures or DomainError `service-unavailable`
   */
  async admit(attempt: LoginAttempt): Promise<void> {
    const { pair, address, account } = keysOf(attempt);
    const [pairMs, addressMs, accountMs] = await Promise.all([
      this.pairs.excessMs(pair),
      this.addresses.excessMs(address),
      this.accounts.excessMs(account),
    ]);
    const isBeyondOthers = addressMs > 0 || accountMs > 0;
    if (isBeyondOthers && !(await this.isKnown(attempt))) {
      const reached = addressMs > 0 ? address : account;
      throw new TooManyFailures(reached, Math.max(pairMs, addressMs, accountMs));
    }
    if (pairMs > 0) throw new TooManyFailures(pair, pairMs);
  }

  /** Does `work`, which may ask `admit`, and notes it if the attempt is refused. @throws what `work` throws */
  async noting<T>(attempt: LoginAttempt, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TooManyFailures) await this.noteRefusal(attempt, error);
      throw error;
    }
  }

  /** Notes that an attempt was refused. @throws DomainError `service-unavailable` */
  private async noteRefusal(attempt: LoginAttempt, { reached }: TooManyFailures): Promise<void> {
    const { userId, sessionId, client } = attempt;
    const kind = { type: 'login.throttled', outcome: 'failure' } as const;
    const event = { ...kind, userId, sessionId, client };
    // A row for each, or for each name, would let a refused client go on filling the database.
    // Unknown names count for themselves, so that they do not use up the row of an account.
    const kept = userId === null ? 'unknown' : 'known';
    const isFirst = (await this.refusals.raise(`${kept}:${reached}`)) === 0;
    if (isFirst && userId !== null) await this.audit.recordAlone(event);
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
    // Asked for an unknown name too, so that the answer takes as long.
    return this.audit.hasLoggedInFrom(userId ?? 0, client.address, KNOWN_DAYS);
  }
}

/** Names are hashed: a failed one may be a password that was typed into the wrong field. */
function keysOf({ username, client }: LoginAttempt) {
  const account = sha256(username).slice(0, 22);
  const address = addressBlock(client.address);
  return { pair: `${account}:${address}`, address, account };
}
