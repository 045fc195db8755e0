import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { isOAuthAddress } from '../oauth/oauth-paths.js';
import type { Refusal } from './refusals.js';

/** Have no fault of their own, and no route. */
const HARMLESS_URL = '/-';
const HARMLESS_OAUTH_URL = '/oauth/-';

const refusals = new WeakMap<IncomingMessage, FastifyError>();

/**
 * What Fastify's router refuses (an address with broken escapes, a parameter too long) would bypass its
 * hooks, and so miss the headers of every answer. It goes through the router again under a harmless
 * address, for `routerError` to refuse it. For Fastify's `frameworkErrors`.
 */
export function routeAgain(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  refusals.set(request.raw, error);
  // The form of the answer hangs on where it was.
  request.raw.url = isOAuthAddress(request.originalUrl) ? HARMLESS_OAUTH_URL : HARMLESS_URL;
  request.server.routing(request.raw, reply.raw);
}

/** What the router refused. */
export const routerError: Refusal = ({ raw }) => refusals.get(raw);
