import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

export type Scheme = 'basic' | 'bearer';

/** What a route asks of its callers. */
export interface Access {
  readonly schemes: readonly Scheme[];
  /** Nobody is asked for anything. */
  readonly public?: boolean;
  /** The name of the setting that makes the route public. */
  readonly publicWhen?: 'PUBLIC_PROFILES';
  /** A password starts a session here, which tells of the log-in; elsewhere opening the route does. */
  readonly startsSession?: boolean;
  /** The token may also come in the body's `token` field. */
  readonly tokenInBody?: boolean;
  /** The handler proves the token itself, because it takes tokens that only renewal accepts. */
  readonly renewable?: boolean;
}

const ACCESS = 'gatehouse:access';
const CLOSED: Access = { schemes: ['bearer'] };

declare module 'fastify' {
  interface FastifyContextConfig {
    refusesHead?: boolean;
  }

  interface FastifyRequest {
    /** The access rule of the matched route, for the challenge of a 401. */
    access?: Access;
  }
}

/** Opens a route to everybody. Without any decorator of this file a route takes Bearer tokens alone. */
export const Public = () => SetMetadata(ACCESS, { schemes: [], public: true } satisfies Access);

/** Names the authentication schemes that a route takes (RFC 9110 §11). */
export const Accepts = (
  schemes: Scheme[],
  options: Pick<Access, 'publicWhen' | 'startsSession'> = {},
) => SetMetadata(ACCESS, { schemes, ...options } satisfies Access);

/** Answers 405 to HEAD: for a GET that issues tokens, which HEAD would do unseen. */
export const RefusesHead = () => RouteConfig({ refusesHead: true });

/** A Bearer route that also takes `{"token"}` in its body. */
export const AcceptsTokenInBody = (options: Pick<Access, 'renewable'> = {}) =>
  SetMetadata(ACCESS, { schemes: ['bearer'], tokenInBody: true, ...options } satisfies Access);

/** The access rule of the route being served. Remembered on the request for the problem filter. */
export function accessOf(reflector: Reflector, context: ExecutionContext): Access {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return (request.access ??=
    reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]) ?? CLOSED);
}
