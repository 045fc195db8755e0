import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { namesOf, type RequestNames } from './request-names.js';

const USER_AGENT_MAX_LENGTH = 256;

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the client is, as far as `TRUST_PROXY` lets it be known: see `http/client-address.ts`. */
    clientAddress: string;
  }
}

/** Where a request came from and what it is called, for sessions and security events. */
export interface ClientInfo extends RequestNames {
  /** In the one text that an address has; `unknown` if the connection was closed at once. */
  readonly address: string;
  /** Cut to 256 characters; null if the client sent none. */
  readonly userAgent: string | null;
  /** Whether the connection is closed, so that no one can receive the answer any more. */
  readonly isGone: () => boolean;
}

export function clientInfoOf(request: FastifyRequest): ClientInfo {
  // Copied one by one: spreading an object costs each request more than all that is in it.
  const { requestId, traceId } = namesOf(request);
  return {
    requestId,
    traceId,
    address: request.clientAddress,
    userAgent: request.headers['user-agent']?.slice(0, USER_AGENT_MAX_LENGTH) ?? null,
    // Asked only by code that waits long. There is no listener, so requests that do not wait have no cost.
    isGone: () => request.raw.socket.destroyed,
  };
}

/** An operator at the command line, whose events have one id for each command. */
export function operatorInfo(): ClientInfo {
  const names = { requestId: randomUUID(), traceId: undefined };
  return { ...names, address: 'cli', userAgent: null, isGone: () => false };
}

/** The client of the request being served. */
export const Client = createParamDecorator((_: unknown, context: ExecutionContext) =>
  clientInfoOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
