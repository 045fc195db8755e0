import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';

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
  /** Who else may call it than users with a token or a password. */
  readonly alsoBy?: readonly ('key' | 'client')[];
}

/** The key of the metadata with a route's {@link Access}. */
export const ACCESS = 'gatehouse:access';

/** The member of an operation with {@link Access.alsoBy}, until its description is complete. */
export const ALSO_BY = 'x-also-by';

declare module 'fastify' {
  interface FastifyContextConfig {
    refusesHead?: boolean;
    /** The fields of the body that are lists of texts; all others are flat. */
    listFields?: readonly string[];
    /** Those that are whole numbers, as one is told who sends a list or an object there. */
    numberFields?: readonly string[];
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
  options: Pick<Access, 'publicWhen' | 'startsSession' | 'alsoBy'> = {},
) => described({ schemes, ...options });

/** Answers 405 to HEAD: for a GET that issues tokens, which HEAD would do unseen. */
export const RefusesHead = () => RouteConfig({ refusesHead: true });

/** A Bearer route that also takes `{"token"}` in its body. */
export const AcceptsTokenInBody = (options: Pick<Access, 'renewable' | 'alsoBy'> = {}) =>
  described({ schemes: ['bearer'], tokenInBody: true, ...options });

/** Which fields of the body are no texts: lists of texts, or whole numbers. In all but lists a list or an object is refused. */
export const TakesFields = (fields: { listFields?: string[]; numberFields?: string[] }) =>
  RouteConfig(fields);

/** The rule, and what the description of the interface has to know of it: see `openapi/shared-problems.ts`. */
const described = (access: Access) =>
  applyDecorators(SetMetadata(ACCESS, access), ApiExtension(ALSO_BY, access.alsoBy ?? []));
