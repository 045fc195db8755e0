import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ClientInfo } from './client-info.js';

/** Somebody who proved a password on this request; no session stands behind it. */
export interface PasswordPrincipal {
  readonly kind: 'password';
  readonly client: ClientInfo;
  readonly userId: number;
  readonly username: string;
  /** The version of the account's credentials that was proved. */
  readonly credentialVersion: number;
}

/** Somebody who presented a live token. */
export interface TokenPrincipal {
  readonly kind: 'token';
  readonly client: ClientInfo;
  readonly userId: number;
  readonly username: string;
  /** The roles that its user has at this moment. */
  readonly roles: readonly string[];
  readonly sessionId: string;
  /** How the session was proved (RFC 8176). */
  readonly amr: readonly string[];
  /** The live token that this request goes on with. */
  readonly token: {
    readonly jti: string;
    readonly text: string;
    readonly issuedAtSeconds: number;
    readonly expiresAtSeconds: number;
    /** False once a renewal has made a later one. */
    readonly newest: boolean;
  };
}

/** A user whose API key was presented. It stands for its user only where a route says so. */
export interface KeyPrincipal {
  readonly kind: 'key';
  readonly client: ClientInfo;
  readonly userId: number;
  readonly username: string;
  /** The roles of the key that its user still has. */
  readonly roles: readonly string[];
  readonly key: {
    readonly id: string;
    readonly text: string;
    /** Null for one that does not expire. */
    readonly expiresAtSeconds: number | null;
  };
}

/** A program with credentials of its own, which presented a live token (RFC 6749 §4.4). */
export interface ClientPrincipal {
  readonly kind: 'client';
  readonly client: ClientInfo;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly token: {
    readonly jti: string;
    readonly text: string;
    readonly issuedAtSeconds: number;
    readonly expiresAtSeconds: number;
  };
}

/** Who can present a Bearer credential. */
export type BearerPrincipal = TokenPrincipal | KeyPrincipal | ClientPrincipal;

/** Somebody whose token is ours and may have expired a little; whether it was revoked is not yet known. */
export interface RenewablePrincipal {
  readonly kind: 'renewable';
  readonly client: ClientInfo;
  readonly userId: number;
  readonly sessionId: string;
  readonly jti: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/** Who makes the request, as the guards established it. */
type Principal = PasswordPrincipal | BearerPrincipal | RenewablePrincipal;

/** What a strategy establishes about a request. */
export interface Authenticated<Who extends Principal = Principal> {
  readonly principal: Who;
  /** Single-use mode: what replaces the token that the request has used up. */
  readonly nextToken?: string | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    user?: Principal;
    /** The token that a Bearer route was given, in the header or in the body. */
    presentedToken?: string;
  }
}

/** The caller, on a route that requires one. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const principal = context.switchToHttp().getRequest<FastifyRequest>().user;
  if (!principal) throw new Error('CurrentPrincipal on a route that no guard protects');
  return principal;
});
