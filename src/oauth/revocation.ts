import { Injectable } from '@nestjs/common';
import { AuthFacade } from '../auth/auth.facade.js';
import { ClientTokens } from '../clients/client-tokens.js';
import type { ClientInfo } from '../common/client-info.js';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import { AccessTokens, isOfClient, type AccessTokenClaims } from '../tokens/access-token.js';
import { isMeantAsKey } from '../tokens/api-key-text.js';
import { KeyDeletion } from '../tokens/key-deletion.js';
import { TokenCheck } from '../tokens/token-check.js';
import { Introspection } from './introspection.js';
import { OAuthError } from './oauth-error.js';

/** Ends tokens for those whose they are (RFC 7009). One that is unknown or dead is as it was asked to be. */
@Injectable()
export class Revocation {
  constructor(
    private readonly env: Env,
    private readonly accessTokens: AccessTokens,
    private readonly clientTokens: ClientTokens,
    private readonly check: TokenCheck,
    private readonly auth: AuthFacade,
    private readonly introspection: Introspection,
    private readonly keys: KeyDeletion,
  ) {}

  /**
   * For a client that proved who it is: kills one of its own tokens.
   * @throws OAuthError `unauthorized_client` if it is a live one of another's; DomainError `service-unavailable`
   */
  async byClient(clientId: string, text: string): Promise<void> {
    const claims = isMeantAsKey(text) ? undefined : this.verified(text, 0);
    if (claims && isOfClient(claims) && claims.sub === clientId) {
      await this.clientTokens.revoke(claims);
    } else if ((await this.introspection.describe(text)).active) {
      throw new OAuthError('unauthorized_client', 'The token was issued to another client');
    }
  }

  /**
   * For the holder of a credential of the log-in's, which is a public client and has no secret: ends the session of a
   * token, as `/logout` does, and deletes an API key, so that one who finds a leaked key can kill it. A client's token
   * is none of it, and is left alone.
   * @throws DomainError `service-unavailable`
   */
  async byHolder(text: string, asker: ClientInfo): Promise<void> {
    if (isMeantAsKey(text)) {
      await this.keys.byText(text, asker);
      return;
    }
    const claims = this.verified(text, this.env.TOKEN_RENEW_GRACE);
    if (!claims || isOfClient(claims)) return;
    await this.auth.logout(this.check.recognise(claims, asker)).catch(ignoreDead);
  }

  private verified(text: string, graceSeconds: number): AccessTokenClaims | undefined {
    try {
      return this.accessTokens.verify(text, graceSeconds);
    } catch (error) {
      ignoreDead(error);
      return undefined;
    }
  }
}

function ignoreDead(error: unknown): void {
  if (!(error instanceof DomainError) || error.code !== 'token-invalid') throw error;
}
