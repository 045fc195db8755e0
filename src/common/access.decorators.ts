import { SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

export type Scheme = 'basic' | 'bearer';

/** What a route asks of its callers. */
export interface Access {
  readonly schemes: readonly Scheme[];
  /** Callers need no credentials. */
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

/** The key of the metadata with a route's {@link Access}. */
export const ACCESS = 'gatehouse:access';

declare module 'fastify' {
  interface FastifyContextConfig {
    refusesHead?: boolean;
  }

  interface FastifyRequest {
    /** The access rule of the matched route, for the challenge of a 401. */
    access?: Access;
  }
}

/** Opens a route to everybody. */
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
