import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { namesOf, type RequestNames } from './request-names.js';

const ADDRESS_MAX_LENGTH = 64;
const USER_AGENT_MAX_LENGTH = 256;

/** Where a request came from and what it is called, for sessions and security events. */
export interface ClientInfo extends RequestNames {
  readonly address: string;
  /** Cut to 256 characters; null if the client sent none. */
  readonly userAgent: string | null;
  /** Whether the connection is closed, so that no one can receive the answer any more. */
  readonly isGone: () => boolean;
}

export function clientInfoOf(request: FastifyRequest): ClientInfo {
  return {
    ...namesOf(request),
    // Behind a proxy that is believed this may be any text.
    address: request.ip.slice(0, ADDRESS_MAX_LENGTH),
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
