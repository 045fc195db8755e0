import { Injectable, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { toBase32 } from '../common/base32.js';
import { hasDataKey, loadDataKeys } from '../config/data-keys.js';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import type { Factor, FactorUse } from './factor-rows.js';
import type { BegunFactor, FactorOwner, FactorType } from './factor-type.js';
import { SecretBox } from './secret-box.js';
import { isTotpCode, matchingStep, SECRET_BYTES, totpUri } from './totp.js';

/** Codes of an authenticator app (RFC 6238). */
@Injectable()
export class TotpFactors implements FactorType {
  readonly name = 'totp';
  private readonly logger = new Logger('Factors');
  private loadedBox: SecretBox | undefined;

  constructor(private readonly env: Env) {}

  get isOffered(): boolean {
    return hasDataKey(this.env);
  }

  begin({ factorId, userId, username }: FactorOwner): BegunFactor {
    const bytes = randomBytes(SECRET_BYTES);
    const secret = toBase32(bytes);
    const issuer = new URL(this.env.publicUrl).hostname;
    return {
      kept: this.box.seal(bytes, placeOf(factorId, userId)),
      told: { secret, uri: totpUri(issuer, username, secret) },
    };
  }

  isCode(text: string): boolean {
    return isTotpCode(text);
  }

  match(
    { id, userId, secret, lastStep }: Factor,
    code: string,
  ): FactorUse | DomainError | undefined {
    const place = placeOf(id, userId);
    const opened = this.box.open(secret, place);
    if (!opened) {
      this.logger.warn(
        `The factor ${id} of user ${userId} cannot be used: neither DATA_KEY nor one of DATA_PREVIOUS_KEYS ` +
          'decrypts it. Set the key with which it was made',
      );
      return new DomainError('service-unavailable', {
        detail:
          'This second factor cannot be checked right now: use another one, or a recovery code',
      });
    }
    const step = matchingStep(opened.secret, code, Date.now(), lastStep);
    if (step === undefined) return undefined;
    const freshSecret = opened.isNewest ? null : this.box.seal(opened.secret, place);
    return { factorId: id, step, freshSecret };
  }

  /** Made when it is first needed, as is the key that development keeps. */
  private get box(): SecretBox {
    return (this.loadedBox ??= new SecretBox(loadDataKeys(this.env)));
  }
}

/** Where a secret may be opened: in the one row that it was made for. */
function placeOf(factorId: string, userId: number): string {
  return `${factorId}:${userId}`;
}
