import { FastifyAdapter } from '@nestjs/platform-fastify';
import fastify, { type FastifyHttpOptions } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Env } from '../config/env.js';
import { sendProblem } from '../common/send-problem.js';
import { answerParserError } from './parser-errors.js';

const BODY_LIMIT_BYTES = 16 * 1024;
const URI_PARAMETER_LIMIT = 256;

/** A sender that drips is cut off after this long; the check runs each second. */
const RECEIVE_TIMEOUT_MS = 5_000;
const TIMEOUT_CHECK_MS = 1_000;

const ACCEPTABLE_REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Fastify with the limits, timeouts and identities of every request. */
export function createFastify(env: Env): FastifyAdapter {
  const options: FastifyHttpOptions<Server> = {
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: URI_PARAMETER_LIMIT },
    requestTimeout: RECEIVE_TIMEOUT_MS,
    http: {
      headersTimeout: RECEIVE_TIMEOUT_MS,
      // `refuseAmbiguousRequests` does it, with a problem document.
      requireHostHeader: false,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    forceCloseConnections: 'idle',
    // While it ends, the service answers what still comes on connections that are open.
    return503OnClosing: false,
    trustProxy: trustedProxies(env.TRUST_PROXY),
    genReqId: requestId,
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply);
    },
    clientErrorHandler: answerParserError,
  };
  return new FastifyAdapter(fastify(options));
}

/** In Fastify's terms: nobody, the last so many proxies, or those with these addresses. */
function trustedProxies(
  value: string,
): false | string[] | ((address: string, hop: number) => boolean) {
  if (value === 'false') return false;
  if (/^\d+$/.test(value)) return (_, hop) => hop < Number(value);
  return value.split(',').map((address) => address.trim());
}

/** The caller's own id where it is harmless to repeat, so that a request can be followed through logs. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE_REQUEST_ID.test(given) ? given : randomUUID();
}
