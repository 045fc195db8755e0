import type { TokenPrincipal } from '../common/principal.js';
import type {
  LiveToken,
  PresentedToken,
  RenewalResult,
  TokenReference,
} from './revocation-store.js';

/**
 * How often a token may be used: again and again until it dies, or once (`TOKEN_SINGLE_USE`). Every method throws
 * DomainError `service-unavailable` if the store cannot answer.
 */
export abstract class TokenUse {
  /** Whether a token is good for one request, so that the client has to hear of the next one. */
  abstract readonly isSingle: boolean;

  /**
   * Takes a presented token for one request.
   * @returns the token that the request goes on with: if tokens are for a single use, the next one; undefined if the
   *   presented one is not live
   */
  abstract take(reference: TokenReference): Promise<LiveToken | undefined>;

  /** Replaces a token for good, as a hard renewal. */
  abstract replace(presented: PresentedToken): Promise<RenewalResult>;

  /**
   * Finds a token to use instead of the caller's own, which stays live.
   * @param kind as {@link Renewal} has it
   * @returns undefined if the caller's own is the one to use
   */
  abstract findNext(
    principal: TokenPrincipal,
    kind: 'soft' | 'next',
  ): Promise<RenewalResult | undefined>;
}
