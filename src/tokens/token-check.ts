import { Injectable, Logger } from '@nestjs/common';
import type { ClientInfo } from '../common/client-info.js';
import type { Authenticated, RenewablePrincipal, TokenPrincipal } from '../common/principal.js';
import { Database } from '../database/database.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { AccessTokens, type UserTokenClaims } from './access-token.js';
import { RevocationStore, type LiveToken, type TokenReference } from './revocation-store.js';
import { SessionJournal } from './session-journal.js';
import { SessionRows, type SessionProof } from './session-rows.js';
import { tokenInvalid } from './token-refusal.js';
import { TokenUse } from './token-use.js';

/** Says who presents a token, and what that proves. */
@Injectable()
export class TokenCheck {
  private readonly logger = new Logger('Tokens');

  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly use: TokenUse,
    private readonly store: RevocationStore,
    private readonly database: Database,
    private readonly rows: SessionRows,
    private readonly journal: SessionJournal,
  ) {}

  /**
   * The check of every request with a user's token, whose claims were verified: live at this moment.
   * @param text the token, as it was presented
   * @throws DomainError `token-invalid`, or `service-unavailable` if the store cannot say
   */
  async authenticate(
    claims: UserTokenClaims,
    text: string,
    client: ClientInfo,
  ): Promise<Authenticated<TokenPrincipal>> {
    const reference = referenceOf(claims);
    const token = await this.use.take(reference);
    if (!token) throw tokenInvalid(reference);
    if (!this.use.isSingle) return { principal: principalOf(token, text, client) };
    await this.noteUse(token, client);
    const nextToken = this.accessTokens.sign(token);
    return { principal: principalOf(token, nextToken, client), nextToken };
  }

  /**
   * Whose token this is, which may have expired less than `TOKEN_RENEW_GRACE` ago. Renewal and log-out
   * alone take it, and prove it live in the step that acts on it.
   */
  recognise(claims: UserTokenClaims, client: ClientInfo): RenewablePrincipal {
    const { iat: issuedAtSeconds, exp: expiresAtSeconds } = claims;
    return { kind: 'renewable', client, issuedAtSeconds, expiresAtSeconds, ...referenceOf(claims) };
  }

  /**
   * What the caller's token proves at this moment. To be taken before work that takes long, and required in the
   * transaction that writes (`SessionRows.requireProof`): the token may have been replaced, or its session ended,
   * meanwhile.
   * @param isRepeatable whether a token is enough that a password change is about to replace, whose row is
   *   written: the client can repeat that change with it, and do no other thing beside it
   * @throws DomainError `token-invalid` or `service-unavailable`
   */
  async prove(
    { userId, sessionId, token: { jti } }: TokenPrincipal,
    { isRepeatable }: { isRepeatable: boolean },
  ): Promise<SessionProof> {
    const proof = await this.database.read((manager) => this.rows.prove(manager, sessionId));
    // After the row: a replacement of the tokens writes the row first.
    const live = await this.store.find({ userId, sessionId, jti });
    const isProved = live && (isRepeatable || live.replacements === proof?.replacements);
    if (!proof || !isProved) throw tokenInvalid({ userId, sessionId });
    return proof;
  }

  /**
   * The used token is dead and cannot be brought back: a failure must not keep the next one from its client. The row
   * is written beside the request, because what the request does may have to wait for the database too.
   */
  private async noteUse(token: LiveToken, client: ClientInfo): Promise<void> {
    this.journal
      .noteRenewal({ token, event: 'untold', client })
      .catch(ignoreUnavailable)
      .catch((error: unknown) => this.logger.error(error));
    const isOpen = await this.journal.isOpen(token.sessionId).catch((error: unknown) => {
      ignoreUnavailable(error);
      return true;
    });
    if (isOpen) return;
    // The store has not heard of the end.
    await this.store.endSessions(token.userId, [token.sessionId]).catch(ignoreUnavailable);
    throw tokenInvalid(token);
  }
}

function referenceOf({ sub, sid, jti }: UserTokenClaims): TokenReference {
  return { userId: Number(sub), sessionId: sid, jti };
}

function principalOf(live: LiveToken, text: string, client: ClientInfo): TokenPrincipal {
  const { userId, username, roles, sessionId, amr } = live;
  const { jti, issuedAtSeconds, expiresAtSeconds, newest } = live;
  const token = { jti, text, issuedAtSeconds, expiresAtSeconds, newest };
  return { kind: 'token', client, userId, username, roles, sessionId, amr, token };
}
