import { Injectable } from '@nestjs/common';
import { ClientTokens } from '../clients/client-tokens.js';
import type { Access } from '../common/access.decorators.js';
import type { ClientInfo } from '../common/client-info.js';
import type {
  Authenticated,
  BearerPrincipal,
  KeyPrincipal,
  RenewablePrincipal,
} from '../common/principal.js';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import { AccessTokens, isOfClient } from '../tokens/access-token.js';
import { isMeantAsKey } from '../tokens/api-key-text.js';
import { KeyCheck } from '../tokens/key-check.js';
import { SessionEndings } from '../tokens/session-endings.js';
import { TokenCheck } from '../tokens/token-check.js';

type Caller = BearerPrincipal | RenewablePrincipal;

/** Tells the kinds of Bearer credentials apart, and lets each in only where the route's access rule names it. */
@Injectable()
export class BearerCheck {
  constructor(
    private readonly env: Env,
    private readonly accessTokens: AccessTokens,
    private readonly tokens: TokenCheck,
    private readonly clientTokens: ClientTokens,
    private readonly keys: KeyCheck,
    private readonly endings: SessionEndings,
  ) {}

  /**
   * Who presents this text, as a Bearer credential or in the username field of HTTP Basic.
   * @param changes whether the request is to change something. With a dead token it may repeat what ended that token,
   *   and was cut off: then every verifier hears of the end before it is refused
   * @throws DomainError `token-invalid`; `not-with-a-key` or `not-a-user` on a route that is for another kind; or
   *   `service-unavailable` if the store cannot say
   */
  async authenticate(
    text: string,
    client: ClientInfo,
    access: Access,
    changes: boolean,
  ): Promise<Authenticated<Caller>> {
    if (isMeantAsKey(text)) return this.authenticateKey(text, client, access);
    const graceSeconds = access.renewable ? this.env.TOKEN_RENEW_GRACE : 0;
    const claims = this.accessTokens.verify(text, graceSeconds);
    if (isOfClient(claims)) {
      // First whether it is live: a dead one has nothing to say of routes.
      const principal = await this.clientTokens.authenticate(claims, text, client);
      if (!access.alsoBy?.includes('client')) throw new DomainError('not-a-user');
      return { principal };
    }
    if (access.renewable) return { principal: this.tokens.recognise(claims, client) };
    try {
      return await this.tokens.authenticate(claims, text, client);
    } catch (error) {
      const isDead = error instanceof DomainError && error.code === 'token-invalid';
      if (isDead && changes) {
        await this.endings.finish({ userId: Number(claims.sub), sessionId: claims.sid });
      }
      throw error;
    }
  }

  /** Whether two texts that a request presents are one token. */
  areSame(one: string, other: string): boolean {
    return this.accessTokens.areSame(one, other);
  }

  /** A dead key is refused as one, wherever it comes. */
  private async authenticateKey(
    text: string,
    client: ClientInfo,
    access: Access,
  ): Promise<Authenticated<KeyPrincipal>> {
    const principal = await this.keys.authenticate(text, client);
    if (!access.alsoBy?.includes('key')) throw new DomainError('not-with-a-key');
    return { principal };
  }
}
