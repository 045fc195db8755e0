import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { LRUCache } from 'lru-cache';
import { hash, type KeyObject } from 'node:crypto';
import { Env } from '../config/env.js';
import type { PublicKey } from '../config/public-key.js';
import type { TokenKeys } from '../config/token-keys.js';
import { DomainError } from '../problems/errors.js';
import { nowSeconds } from './clock.js';
import type { LiveToken } from './revocation-store.js';

/** The injection token of the {@link TokenKeys}. */
export const TOKEN_KEYS = Symbol('TOKEN_KEYS');

const TYPE = 'at+jwt';
/** The `client_id` of the service's own log-in, in the tokens of users. */
export const LOG_IN_CLIENT_ID = 'gatehouse';
/** Never that of a user's id. */
const CLIENT_ID_FORM = /^gtc_[\w-]{1,64}$/;

/** Each takes 263 bytes at the most, whatever its token says: docs/performance.md. */
const MAX_VERIFIED = 65_536;

/** What is asked of every token whose signature was verified. */
interface CommonClaims {
  readonly sub: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

/** The claims of a user's token, and the session that it belongs to. */
export interface UserTokenClaims extends CommonClaims {
  readonly sid: string;
}

/** The claims of a token that a client got for itself: its subject is the client (RFC 9068 §2.2). */
export interface ClientTokenClaims extends CommonClaims {
  /** It belongs to no session. */
  readonly sid?: never;
}

export type AccessTokenClaims = UserTokenClaims | ClientTokenClaims;

/** What a token says beside that, for others who read it (RFC 9068 §2.2). */
type SignedClaims = AccessTokenClaims & {
  readonly iss: string;
  readonly aud: string;
  readonly client_id: string;
  readonly auth_time?: number;
  /** How the session of a user was proved (RFC 8176). */
  readonly amr?: readonly string[];
  /** Of a client, with spaces between; absent if it was given none. What the token may do the store says. */
  readonly scope?: string;
  /** As they were when it was signed; absent if there were none. What the user may do now the store says. */
  readonly roles?: readonly string[];
};

/** A key, and the one algorithm that it verifies. */
type VerifyingKey = Pick<PublicKey, 'key'> & { readonly alg: TokenKeys['signing']['alg'] };

/** Whether it is the token of a client that speaks for itself, and of no user. */
export function isOfClient(claims: AccessTokenClaims): claims is ClientTokenClaims {
  return !('sid' in claims);
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
   * The claims of tokens that were signed, or whose signature was verified, recently, by the digest of the token's
   * own text. Verifying costs more than all else that is done for a request with a token. Whether a token has
   * expired or was revoked is never remembered.
   */
  private readonly verified = new LRUCache<string, AccessTokenClaims>({ max: MAX_VERIFIED });

  constructor(
    private readonly jwt: JwtService,
    private readonly env: Env,
    @Inject(TOKEN_KEYS) private readonly keys: TokenKeys,
  ) {}

  /**
   * Of the same token record it makes the same claims each time, while its user has the same roles; the signature of
   * ES256 is another each time.
   */
  sign(token: LiveToken): string {
    return this.signClaims({
      iss: this.env.publicUrl,
      aud: this.env.publicUrl,
      sub: String(token.userId),
      jti: token.jti,
      sid: token.sessionId,
      client_id: LOG_IN_CLIENT_ID,
      iat: token.issuedAtSeconds,
      exp: token.expiresAtSeconds,
      auth_time: token.authTimeSeconds,
      amr: token.amr,
      ...(token.roles.length > 0 && { roles: token.roles }),
    });
  }

  /** The token of a client, of which its claims say all. */
  signForClient(claims: ClientTokenClaims & Pick<SignedClaims, 'scope'>): string {
    const { publicUrl } = this.env;
    return this.signClaims({ iss: publicUrl, aud: publicUrl, client_id: claims.sub, ...claims });
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
      const subject = isOfClient(claims)
        ? undefined
        : { userId: Number(claims.sub), sessionId: claims.sid };
      throw new DomainError('token-invalid', {
        cause: new Error('expired'),
        ...(subject && { subject }),
      });
    }
    return claims;
  }

  /**
   * Whether two texts are the same token: ours, whether expired or not, and of one `jti`. The signature of ES256 is
   * another each time.
   */
  areSame(one: string, other: string): boolean {
    try {
      return this.verifiedClaims(one).jti === this.verifiedClaims(other).jti;
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
  }

  private signClaims(claims: SignedClaims): string {
    const { alg, kid, key } = this.keys.signing;
    const header = { alg, typ: TYPE, ...(kid !== undefined && { kid }) };
    const text = this.jwt.sign(claims, { privateKey: key, header });
    this.verified.set(digestOf(text), essenceOf(claims));
    return text;
  }

  private verifiedClaims(text: string): AccessTokenClaims {
    const digest = digestOf(text);
    const known = this.verified.get(digest);
    if (known) return known;
    let cause: unknown;
    for (const { alg, key } of this.keysFor(text)) {
      try {
        const claims = this.claimsBy(alg, key, text);
        this.verified.set(digest, claims);
        return claims;
      } catch (error) {
        cause ??= error;
      }
    }
    throw new DomainError('token-invalid', {
      cause: cause ?? new Error('signed by no key of ours'),
    });
  }

  /**
   * The keys that may have signed a token, each with the one algorithm that it is for: that of its `kid`, which is
   * only looked up among ours, or those of HS256, which have none (RFC 8725 §3.1, §3.10).
   */
  private keysFor(text: string): readonly VerifyingKey[] {
    const header = headerOf(text);
    if (!header) return [];
    if (header.kid === undefined) return this.keys.secrets.map((key) => ({ alg: 'HS256', key }));
    const known = this.keys.published.get(header.kid);
    return known ? [known] : [];
  }

  private claimsBy(alg: VerifyingKey['alg'], key: KeyObject, text: string): AccessTokenClaims {
    const payload = this.jwt.verify<object>(text, {
      // jsonwebtoken takes a KeyObject; the type of @nestjs/jwt's option has not caught up.
      publicKey: key as unknown as Buffer,
      algorithms: [alg],
      issuer: this.env.publicUrl,
      audience: this.env.publicUrl,
      ignoreExpiration: true,
    });
    if (hasOurClaims(payload)) return essenceOf(payload);
    throw new Error('not an access token of ours');
  }
}

/** A shorter key than the text, and as good as it: no two texts of one digest can be found. */
function digestOf(text: string): string {
  return hash('sha256', text, 'binary');
}

/** No more than is asked of it, because many are kept. */
function essenceOf(claims: SignedClaims): AccessTokenClaims {
  const { sub, jti, iat, exp } = claims;
  return isOfClient(claims) ? { sub, jti, iat, exp } : { sub, jti, iat, exp, sid: claims.sid };
}

/**
 * The header of a token if it is exactly one that we write: no other type, and no parameter that would change the
 * rules. The bytes of a signature have one text: its last character has bits that decoders ignore. Of ES256 there are two
 * signatures for each, with s and with n − s, both of which verify: so a token is told by its `jti`, never by its text.
 */
function headerOf(text: string): { kid?: string } | undefined {
  const [first = '', , signature = ''] = text.split('.');
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return undefined;
  const header = parse(Buffer.from(first, 'base64url').toString('latin1'));
  return hasOurHeader(header) ? header : undefined;
}

function hasOurHeader(header: unknown): header is { kid?: string } {
  if (typeof header !== 'object' || header === null) return false;
  const { typ, kid = '', ...others } = header as { typ?: unknown; kid?: unknown };
  return (
    typeof typ === 'string' &&
    /^(application\/)?at\+jwt$/i.test(typ) &&
    typeof kid === 'string' &&
    Object.keys(others).every((name) => name === 'alg')
  );
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function hasOurClaims(payload: object): payload is SignedClaims {
  const { sub, jti, client_id, iat, exp, aud } = payload as Partial<SignedClaims>;
  return (
    [sub, client_id, aud].every((claim) => typeof claim === 'string' && claim !== '') &&
    isId(jti) &&
    [iat, exp].every(Number.isSafeInteger) &&
    (isUserClaims(payload) || isClientClaims(payload))
  );
}

/** Whether it can be one of the ids that we give, which every store can hold. */
function isId(claim: unknown): boolean {
  return typeof claim === 'string' && /^[\w-]{1,64}$/.test(claim);
}

function isUserClaims(payload: Partial<UserTokenClaims & SignedClaims>): boolean {
  const { sub, sid, auth_time } = payload;
  return isId(sid) && Number.isSafeInteger(auth_time) && /^[1-9]\d{0,14}$/.test(sub ?? '');
}

function isClientClaims(payload: Partial<ClientTokenClaims & SignedClaims>): boolean {
  const { sub, client_id, scope } = payload;
  return (
    !('sid' in payload) &&
    sub === client_id &&
    CLIENT_ID_FORM.test(sub ?? '') &&
    (scope === undefined || typeof scope === 'string')
  );
}
