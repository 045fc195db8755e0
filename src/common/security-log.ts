import { Logger } from '@nestjs/common';
import type { ClientInfo } from './client-info.js';

/** Whose verified token a request presented. Ids alone: they give no access. */
export interface TokenSubject {
  readonly userId: number;
  readonly sessionId: string;
}

/** A security event as an operator reads it (OWASP ASVS 16.2.1: when, where, who and what). */
export interface SecurityLogLine extends Partial<Nullable<TokenSubject>> {
  /** What happened, in the words of the table in docs/operations.md. */
  event: string;
  outcome: 'success' | 'failure';
  client: ClientInfo;
  /** What else it takes to understand it: codes and names of our own, never what a client sent. */
  details?: Record<string, string | undefined>;
}

type Nullable<T> = { [K in keyof T]: T[K] | null | undefined };

const logger = new Logger('Security');

/** Writes one line: `info` if it is an everyday event, `warn` if an operator should look. */
export function logSecurityEvent(line: SecurityLogLine, level: 'info' | 'warn'): void {
  const { event, outcome, client, userId, sessionId, details } = line;
  const { requestId, traceId, address, userAgent } = client;
  const names = { requestId, traceId };
  const fields = { ...names, event, outcome, ...details, userId, sessionId, address, userAgent };
  if (level === 'warn') logger.warn(fields, event);
  else logger.log(fields, event);
}
