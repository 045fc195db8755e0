import type { FastifyRequest } from 'fastify';
import type { Access } from '../common/access.decorators.js';
import { DomainError, invalidField } from '../problems/errors.js';

/** The token of an `Authorization: Bearer` header (RFC 6750 §2.1); undefined if it is not one. */
function parseBearer(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/**
 * The token that a request presents: in the header, or in the body if the route takes it there.
 * @param areSame whether two different texts are the same token
 * @throws DomainError `token-missing`, `several-credentials` if there are two, or `validation-failed`
 */
export function presentedToken(
  request: FastifyRequest,
  access: Access,
  areSame: (one: string, other: string) => boolean,
): string {
  const inHeader = parseBearer(request.headers.authorization);
  const inBody = access.tokenInBody ? tokenInBody(request.body) : undefined;
  if (inHeader && inBody && inHeader !== inBody && !areSame(inHeader, inBody)) {
    throw new DomainError('several-credentials');
  }
  const token = inHeader ?? inBody;
  if (!token) throw new DomainError('token-missing');
  return token;
}

function tokenInBody(body: unknown): string | undefined {
  const { token } = (body ?? {}) as { token?: unknown };
  if (token === undefined || typeof token === 'string') return token;
  throw invalidField('token', 'must be a string');
}
