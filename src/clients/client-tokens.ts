import { Injectable } from '@nestjs/common';
import type { ClientInfo } from '../common/client-info.js';
import type { ClientPrincipal } from '../common/principal.js';
import { Env } from '../config/env.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../problems/errors.js';
import { AccessTokens, type ClientTokenClaims } from '../tokens/access-token.js';
import { nowSeconds } from '../tokens/clock.js';
import { randomId } from '../common/random-id.js';
import type { AuthenticatedClient } from './client-authentication.js';
import { ClientStore, type ClientToken } from './client-store.js';
import { joinScopes } from './scopes.js';

/** A token that a client got for itself. */
interface IssuedClientToken {
  readonly text: string;
  readonly lifetimeSeconds: number;
}

/** Tokens of clients: of no session, live by their `jti` until they expire or are killed. None is renewed. */
@Injectable()
export class ClientTokens {
  constructor(
    private readonly env: Env,
    private readonly accessTokens: AccessTokens,
    private readonly store: ClientStore,
    private readonly announcements: ChangeAnnouncements,
    private readonly metrics: Metrics,
  ) {}

  /**
   * A token with these scopes, which are the client's.
   * @returns undefined if the client has been disabled or deleted meanwhile, or lost its secret
   * @throws DomainError `too-many-attempts` if it has as many live ones as it may, or `service-unavailable`
   */
  async issue(
    { client, secretHash }: AuthenticatedClient,
    scopes: readonly string[],
  ): Promise<IssuedClientToken | undefined> {
    const { clientId, generation } = client;
    const lifetimeSeconds = this.env.TOKEN_TTL;
    const issuedAtSeconds = nowSeconds();
    const expiresAtSeconds = issuedAtSeconds + lifetimeSeconds;
    const jti = randomId();
    const token = { clientId, jti, generation, scopes, issuedAtSeconds, expiresAtSeconds };
    const result = await this.store.issue(token, secretHash);
    if (result.outcome === 'refused') return undefined;
    if (result.outcome === 'full') {
      const { retryAfterSeconds } = result;
      throw new DomainError('too-many-attempts', {
        detail: 'The client has as many live tokens as it may: use one of them, or wait',
        retryAfterSeconds,
      });
    }
    this.metrics.clientTokenIssued();
    return { text: this.sign(token), lifetimeSeconds };
  }

  /**
   * The check of a request with a client's token, whose claims were verified: live at this moment.
   * @param text the token, as it was presented
   * @throws DomainError `token-invalid`, or `service-unavailable` if the store cannot say
   */
  async authenticate(
    claims: ClientTokenClaims,
    text: string,
    client: ClientInfo,
  ): Promise<ClientPrincipal> {
    const live = await this.find(claims);
    if (!live) throw new DomainError('token-invalid');
    const { clientId, scopes, jti, issuedAtSeconds, expiresAtSeconds } = live;
    const token = { jti, text, issuedAtSeconds, expiresAtSeconds };
    return { kind: 'client', client, clientId, scopes, token };
  }

  /** The live token of verified claims; no grace on `exp`. @throws DomainError `service-unavailable` */
  async find({ sub, jti, exp }: ClientTokenClaims): Promise<ClientToken | undefined> {
    return nowSeconds() < exp ? this.store.findToken({ clientId: sub, jti }) : undefined;
  }

  /** Kills a token of verified claims on every instance, and with every verifier. @throws DomainError `service-unavailable` */
  async revoke({ sub, jti }: ClientTokenClaims): Promise<void> {
    await this.store.revoke({ clientId: sub, jti });
    await this.announcements.tell({ kind: 'client-changed', clientId: sub });
  }

  private sign({ clientId, jti, scopes, issuedAtSeconds, expiresAtSeconds }: ClientToken): string {
    return this.accessTokens.signForClient({
      sub: clientId,
      jti,
      iat: issuedAtSeconds,
      exp: expiresAtSeconds,
      ...(scopes.length > 0 && { scope: joinScopes(scopes) }),
    });
  }
}
