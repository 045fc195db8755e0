import { FastifyAdapter } from '@nestjs/platform-fastify';
import fastify, { type FastifyHttpOptions } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Env } from '../config/env.js';
import { addAnswerHeaders } from './answer-headers.js';
import { BODY_LIMIT_BYTES } from './body-limit.js';
import { nameClients } from './client-address.js';
import { asOneQuestion } from './forward-auth.js';
import { parserErrorHandler } from './parser-errors.js';
import { routeAgain } from './router-errors.js';
import { makeSecurityHeaders } from './security-headers.js';

const URI_PARAMETER_LIMIT = 256;

/** A sender that drips is cut off after this long; the check runs each second. */
const RECEIVE_TIMEOUT_MS = 5_000;
const TIMEOUT_CHECK_MS = 1_000;

/**
 * A reader that takes no part of an answer is cut off too, after twice as long: Node asks again once. No
 * answer is so slow to make.
 */
const IDLE_TIMEOUT_MS = 15_000;

const ACCEPTABLE_REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Fastify with the limits, timeouts, identities and headers of every request. Expectations
 * other than `100-continue` are ignored (RFC 9110 §10.1.1).
 */
export async function createFastify(env: Env): Promise<FastifyAdapter> {
  const securityHeaders = await makeSecurityHeaders(env);
  const options: FastifyHttpOptions<Server> = {
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: URI_PARAMETER_LIMIT },
    requestTimeout: RECEIVE_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    http: {
      headersTimeout: RECEIVE_TIMEOUT_MS,
      // `ambiguity` does it, with a problem document.
      requireHostHeader: false,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    forceCloseConnections: 'idle',
    // While it ends, the service answers what still comes on connections that are open.
    return503OnClosing: false,
    genReqId: requestId,
    rewriteUrl: asOneQuestion,
    frameworkErrors: routeAgain,
    clientErrorHandler: parserErrorHandler(securityHeaders.ofData),
  };
  const instance = fastify(options);
  addAnswerHeaders(instance, securityHeaders);
  nameClients(instance, env.TRUST_PROXY);
  // Node would answer an unknown `Expect` by itself, with 417 and neither problem nor request id.
  instance.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    instance.routing(request, response);
  });
  return new AdapterWithoutMiddleware(instance);
}

/** Does not register the engine for Express's middleware, which would run for each request: there is none. */
class AdapterWithoutMiddleware extends FastifyAdapter {
  override async init(): Promise<void> {}
}

/** The caller's own id if it is harmless to repeat, so that a request can be followed through logs. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE_REQUEST_ID.test(given) ? given : randomUUID();
}
