import { Injectable } from '@nestjs/common';
import { ClientTokens } from '../clients/client-tokens.js';
import { joinScopes } from '../clients/scopes.js';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import {
  AccessTokens,
  isOfClient,
  LOG_IN_CLIENT_ID,
  type AccessTokenClaims,
  type ClientTokenClaims,
  type UserTokenClaims,
} from '../tokens/access-token.js';
import { isMeantAsKey } from '../tokens/api-key-text.js';
import { KeyCheck } from '../tokens/key-check.js';
import { RevocationStore } from '../tokens/revocation-store.js';
import type { IntrospectionDto } from './oauth.dto.js';

const INACTIVE: IntrospectionDto = { active: false };

/**
 * Says what a request with a credential would meet at this moment, from the store, and changes nothing: no token is
 * renewed or used up (RFC 7662). The kinds of credentials are told apart as in `auth/bearer-check.ts`.
 */
@Injectable()
export class Introspection {
  constructor(
    private readonly env: Env,
    private readonly accessTokens: AccessTokens,
    private readonly userTokens: RevocationStore,
    private readonly clientTokens: ClientTokens,
    private readonly keys: KeyCheck,
  ) {}

  /** @throws DomainError `service-unavailable` if the store cannot say */
  async describe(text: string): Promise<IntrospectionDto> {
    if (isMeantAsKey(text)) return this.ofKey(text);
    const claims = this.verified(text);
    if (!claims) return INACTIVE;
    return isOfClient(claims) ? this.ofClient(claims) : this.ofUser(claims);
  }

  private async ofUser({ sub, sid, jti, iat, exp }: UserTokenClaims): Promise<IntrospectionDto> {
    const reference = { userId: Number(sub), sessionId: sid, jti };
    const live = await this.userTokens.find(reference);
    if (!live) return INACTIVE;
    // The newest one has not been replaced, and lives as long as it says.
    const remainingMs = live.newest ? Infinity : await this.userTokens.remainingMs(reference);
    const life = remainingMs === undefined ? undefined : lifeOf(exp, remainingMs);
    if (!life) return INACTIVE;
    const { username, roles, amr, authTimeSeconds: auth_time } = live;
    const answer = this.answer(LOG_IN_CLIENT_ID, sub, sid);
    Object.assign(answer, { username, jti, iat, auth_time, amr }, life);
    if (roles.length > 0) answer.roles = roles;
    if (this.env.TOKEN_SINGLE_USE) answer.single_use = true;
    return answer;
  }

  /** Its `sid` is the key's id: it belongs to no session. One that does not expire has no `exp`. */
  private async ofKey(text: string): Promise<IntrospectionDto> {
    const live = await this.keys.find(text);
    if (!live) return INACTIVE;
    const { id, userId, username, roles, expiresAtSeconds } = live;
    const life = expiresAtSeconds === null ? {} : lifeOf(expiresAtSeconds);
    if (!life) return INACTIVE;
    const answer = this.answer(LOG_IN_CLIENT_ID, String(userId), id);
    Object.assign(answer, { username }, life);
    if (roles.length > 0) answer.roles = roles;
    return answer;
  }

  /** Its `sid` is the `client_id`: a change is told of all tokens of a client at once. */
  private async ofClient(claims: ClientTokenClaims): Promise<IntrospectionDto> {
    const live = await this.clientTokens.find(claims);
    const life = live && lifeOf(claims.exp);
    if (!life) return INACTIVE;
    const { sub, jti, iat } = claims;
    const { clientId, scopes } = live;
    const answer = this.answer(clientId, sub, clientId);
    Object.assign(answer, { jti, iat }, life);
    if (scopes.length > 0) answer.scope = joinScopes(scopes);
    return answer;
  }

  /** The claims of a token of ours that has not expired; undefined if it is none. */
  private verified(text: string): AccessTokenClaims | undefined {
    try {
      return this.accessTokens.verify(text);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'token-invalid') return undefined;
      throw error;
    }
  }

  /** What is said of every credential. */
  private answer(clientId: string, sub: string, sid: string): IntrospectionDto {
    const { publicUrl } = this.env;
    return {
      active: true,
      token_type: 'Bearer',
      iss: publicUrl,
      aud: publicUrl,
      client_id: clientId,
      sub,
      sid,
    };
  }
}

/**
 * When a credential dies; undefined if it has.
 * @param expiresAtSeconds as the credential says
 * @param remainingMs until the store lets it die, if that is sooner
 */
function lifeOf(
  expiresAtSeconds: number,
  remainingMs = Infinity,
): Pick<IntrospectionDto, 'exp' | 'lifetime_ms'> | undefined {
  const nowMs = Date.now();
  const lifetimeMs = Math.floor(Math.min(expiresAtSeconds * 1000 - nowMs, remainingMs));
  if (lifetimeMs <= 0) return undefined;
  return { exp: Math.floor((nowMs + lifetimeMs) / 1000), lifetime_ms: lifetimeMs };
}
