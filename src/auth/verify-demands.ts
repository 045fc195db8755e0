import type { BearerPrincipal } from '../common/principal.js';
import { DomainError } from '../problems/errors.js';

/** What a question on the path `/auth/verify` itself demands of the token. */
export interface VerifyQuery {
  readonly role?: string | readonly string[];
  readonly scope?: string | readonly string[];
  readonly clients?: string | readonly string[];
}

/** RFC 6749 §3.3. Only such a one can be told in a challenge, and no token has any other. */
const SCOPE = /^[!#-[\]-~]+$/;

/**
 * Requires one of the roles and all of the scopes that are named. Tokens of clients are let in only where a scope or
 * `clients=true` asks for them.
 * @throws DomainError `not-a-user`, or `not-allowed`, with the scopes if it lacks one (RFC 6750 §3.1)
 */
export function requireDemands(principal: BearerPrincipal, query: VerifyQuery): void {
  const roles = query.role === undefined ? undefined : listOf(query.role);
  const scopes =
    query.scope === undefined ? undefined : listOf(query.scope).flatMap((text) => text.split(' '));
  const isForClients = scopes !== undefined || listOf(query.clients ?? []).includes('true');
  if (principal.kind === 'client' && !isForClients) throw new DomainError('not-a-user');

  const own = principal.kind === 'client' ? principal.scopes : [];
  if (scopes && !scopes.every((scope) => own.includes(scope))) {
    const scope = scopes.filter((each) => SCOPE.test(each)).join(' ');
    throw new DomainError('not-allowed', { scope });
  }
  const ownRoles = principal.kind === 'client' ? [] : principal.roles;
  if (roles && !roles.some((role) => ownRoles.includes(role))) throw new DomainError('not-allowed');
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
