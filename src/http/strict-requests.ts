import type { IncomingMessage } from 'node:http';
import { DomainError } from '../problems/errors.js';
import type { Refusal } from './refusals.js';

/**
 * What could be read in two ways: no `Host` or several (RFC 9112 §3.2), several `Authorization`
 * headers (RFC 9110 §5.3). Node would answer the first without a problem document, and take one of the
 * others without a word.
 */
export const ambiguity: Refusal = ({ raw }, reply) => {
  const detail = ambiguityOf(raw);
  if (detail === undefined) return undefined;
  // The sender of this may mean something else by the next bytes, too.
  reply.header('Connection', 'close');
  return new DomainError('malformed-request', { detail });
};

function ambiguityOf(request: IncomingMessage): string | undefined {
  const hosts = countHeader(request, 'host');
  if (hosts > 1 || (hosts === 0 && request.httpVersion !== '1.0'))
    return 'Send exactly one Host header';
  if (countHeader(request, 'authorization') > 1) return 'Send one Authorization header';
  return undefined;
}

/** How often a header came; names and values take turns in `rawHeaders`. */
export function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] ?? '';
    if (header.length === name.length && header.toLowerCase() === name) times += 1;
  }
  return times;
}
