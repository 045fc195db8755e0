import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { LRUCache } from 'lru-cache';
import type { KeyObject } from 'node:crypto';
import { Env } from '../config/env.js';
import type { TokenKeys } from '../config/token-keys.js';
import { DomainError } from '../problems/errors.js';
import { nowSeconds } from './clock.js';
import type { LiveToken } from './revocation-store.js';

/** The injection token of the {@link TokenKeys}. */
export const TOKEN_KEYS = Symbol('TOKEN_KEYS');

const ALGORITHM = 'HS256';
const TYPE = 'at+jwt';
const CLIENT_ID = 'gatehouse';

/** Each takes about a kilobyte. */
const MAX_VERIFIED = 8_192;

/** The claims of an access token (RFC 9068 §2.2), and the session it belongs to. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly jti: string;
  readonly sid: string;
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly auth_time: number;
}

/** A token for a client. */
export interface IssuedToken {
  token: string;
  /** Seconds until it expires. */
  duration: number;
}

/** A token for a client, and how it is told. */
export interface TokenToUse {
  readonly issued: IssuedToken;
  /** Single-use mode: the same token, to be announced in a header too. */
  readonly nextToken?: string | undefined;
}

/**
 * Signs access tokens and is the only verifier of them. jsonwebtoken checks the signature and the
 * registered claims; what it leaves open (RFC 8725 §3.11, RFC 7515 §4.1.11) is closed here.
 * Whether a token was revoked is the store's to say.
 */
@Injectable()
export class AccessTokens {
  /**
   * The claims of tokens that were signed, or whose signature was verified, recently, by the token's own
   * text. Verifying costs more than all else that is done for a request with a token. Whether a token has
   * expired or was revoked is never remembered.
   */
  private readonly verified = new LRUCache<string, AccessTokenClaims>({ max: MAX_VERIFIED });

  constructor(
    private readonly jwt: JwtService,
    private readonly env: Env,
    @Inject(TOKEN_KEYS) private readonly keys: TokenKeys,
  ) {}

  /** The same token record always signs to the same text. */
  sign(token: LiveToken): string {
    const claims: AccessTokenClaims = {
      iss: this.env.publicUrl,
      aud: this.env.publicUrl,
      sub: String(token.userId),
      jti: token.jti,
      sid: token.sessionId,
      client_id: CLIENT_ID,
      iat: token.issuedAtSeconds,
      exp: token.expiresAtSeconds,
      auth_time: token.authTimeSeconds,
    };
    const text = this.jwt.sign(claims, {
      privateKey: this.keys[0],
      header: { alg: ALGORITHM, typ: TYPE },
    });
    this.verified.set(text, claims);
    return text;
  }

  /** The token with what a client wants to know of it. */
  issue(token: LiveToken): IssuedToken {
    return { token: this.sign(token), duration: token.expiresAtSeconds - nowSeconds() };
  }

  /** The token, and how the client is told of it. */
  hand(token: LiveToken, isSingleUse: boolean): TokenToUse {
    const issued = this.issue(token);
    return { issued, nextToken: isSingleUse ? issued.token : undefined };
  }

  /**
   * The claims of a token that is ours and has not expired; no leeway on `exp`.
   * @param graceSeconds how long ago it may have expired all the same
   * @throws DomainError `token-invalid`
   */
  verify(text: string, graceSeconds = 0): AccessTokenClaims {
    const claims = this.verifiedClaims(text);
    if (nowSeconds() >= claims.exp + graceSeconds) {
      const subject = { userId: Number(claims.sub), sessionId: claims.sid };
      throw new DomainError('token-invalid', { cause: new Error('expired'), subject });
    }
    return claims;
  }

  /** The keys are tried in our order: a token has no say in it, so there is no `kid` (RFC 8725 §3.10). */
  private verifiedClaims(text: string): AccessTokenClaims {
    const known = this.verified.get(text);
    if (known) return known;
    const causes: unknown[] = [];
    for (const key of this.keys) {
      try {
        const claims = this.claimsBy(key, text);
        this.verified.set(text, claims);
        return claims;
      } catch (error) {
        causes.push(error);
      }
    }
    throw new DomainError('token-invalid', { cause: causes[0] });
  }

  private claimsBy(key: KeyObject, text: string): AccessTokenClaims {
    const { header, payload } = this.jwt.verify<{ header: object; payload: object }>(text, {
      // jsonwebtoken takes a KeyObject; the type of @nestjs/jwt's option has not caught up.
      publicKey: key as unknown as Buffer,
      algorithms: [ALGORITHM],
      issuer: this.env.publicUrl,
      audience: this.env.publicUrl,
      ignoreExpiration: true,
      complete: true,
    });
    if (hasOurHeader(header) && hasOurClaims(payload)) return payload;
    throw new Error('not an access token of ours');
  }
}

/** Exactly the header that we write: no other type, and no parameter that would change the rules. */
function hasOurHeader(header: object): boolean {
  const { typ, ...others } = header as { typ?: unknown };
  return (
    typeof typ === 'string' &&
    /^(application\/)?at\+jwt$/i.test(typ) &&
    Object.keys(others).every((name) => name === 'alg')
  );
}

function hasOurClaims(payload: object): payload is AccessTokenClaims {
  const { sub, jti, sid, client_id, iat, exp, auth_time, aud } =
    payload as Partial<AccessTokenClaims>;
  return (
    [sub, jti, sid, client_id, aud].every((claim) => typeof claim === 'string' && claim !== '') &&
    [iat, exp, auth_time].every(Number.isSafeInteger) &&
    /^[1-9]\d{0,14}$/.test(sub ?? '')
  );
}
