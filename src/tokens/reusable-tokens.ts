import { Logger } from '@nestjs/common';
import type { TokenPrincipal } from '../common/principal.js';
import { Env } from '../config/env.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { nowSeconds } from './clock.js';
import { isPastHalfLife } from './renewal-rules.js';
import {
  RevocationStore,
  type LiveToken,
  type PresentedToken,
  type RenewalResult,
  type TokenReference,
} from './revocation-store.js';
import { newSuccessor } from './successor.js';
import { TokenUse } from './token-use.js';

/** Tokens that are good for any number of requests. A replaced one dies `TOKEN_REUSE_INTERVAL` later. */
export class ReusableTokens extends TokenUse {
  override readonly isSingle = false;
  private readonly logger = new Logger('Tokens');
  /** The tokens whose first use is being noted. */
  private readonly noting = new Set<string>();

  constructor(
    private readonly env: Env,
    private readonly store: RevocationStore,
  ) {
    super();
  }

  override async take(reference: TokenReference): Promise<LiveToken | undefined> {
    const token = await this.store.find(reference);
    if (token && !token.presented && token.replaces !== null) this.notePresented(token);
    return token;
  }

  override async replace(presented: PresentedToken): Promise<RenewalResult> {
    return this.store.renew(presented, newSuccessor(this.env), {
      kind: 'hard',
      reuseIntervalSeconds: this.env.TOKEN_REUSE_INTERVAL,
    });
  }

  override async findNext(
    { token, userId, sessionId }: TokenPrincipal,
    kind: 'soft' | 'next',
  ): Promise<RenewalResult | undefined> {
    const isFresh = token.newest && !isPastHalfLife(token, nowSeconds());
    if (isFresh && kind === 'soft') return undefined;
    const { jti, issuedAtSeconds } = token;
    const presented = { userId, sessionId, jti, issuedAtSeconds };
    return this.store.renew(presented, newSuccessor(this.env), { kind });
  }

  /** Beside the request and not in its way: a failure leaves it to the token's next use. */
  private notePresented(live: LiveToken): void {
    if (this.noting.has(live.jti)) return;
    this.noting.add(live.jti);
    this.store
      .notePresented(live)
      .catch(ignoreUnavailable)
      .catch((error: unknown) => this.logger.error(error))
      .finally(() => this.noting.delete(live.jti));
  }
}
