import { Env } from '../config/env.js';
import {
  RevocationStore,
  type LiveToken,
  type PresentedToken,
  type RenewalResult,
  type TokenReference,
} from './revocation-store.js';
import { newSuccessor } from './successor.js';
import { TokenUse } from './token-use.js';

/**
 * Tokens that are good for one request each. If many requests come with the same one, one is let through and
 * gets its successor.
 */
export class SingleUseTokens extends TokenUse {
  override readonly isSingle = true;

  constructor(
    private readonly env: Env,
    private readonly store: RevocationStore,
  ) {
    super();
  }

  override async take(reference: TokenReference): Promise<LiveToken | undefined> {
    return this.store.consume(reference, newSuccessor(this.env));
  }

  override async replace(presented: PresentedToken): Promise<RenewalResult> {
    const token = await this.take(presented);
    return token ? { outcome: 'renewed', token, fresh: true } : { outcome: 'refused' };
  }

  /** The request goes on with the successor of what it presented, which is the token to use next. */
  override findNext(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
