import type { FastifyRequest } from 'fastify';
import { traceIdOf } from './trace-id.js';

/** What a request is called in the log, so that it can be followed through the instances. */
export interface RequestNames {
  /** The `X-Request-Id` of its answer. */
  readonly requestId: string;
  /** The trace it belongs to, if its `traceparent` names one. */
  readonly traceId: string | undefined;
}

/**
 * Said with each line on a request's behalf, by the code that writes it. A context that follows the request by
 * itself (AsyncLocalStorage) would cost each request more than verifying its token does.
 */
export function namesOf({ id, headers }: FastifyRequest): RequestNames {
  return { requestId: id, traceId: traceIdOf(headers.traceparent) };
}
