import type { BearerPrincipal, ClientPrincipal, TokenPrincipal } from '../common/principal.js';
import { DomainError } from '../problems/errors.js';
import { requireDemands, type VerifyQuery } from './verify-demands.js';

const EDITOR = { kind: 'token', roles: ['editor', 'reader'] } as unknown as TokenPrincipal;
const KEY = { kind: 'key', roles: ['editor'] } as unknown as BearerPrincipal;
const CLIENT = {
  kind: 'client',
  scopes: ['orders:read', 'orders:write'],
} as unknown as ClientPrincipal;

/** `yes`, or the code of the refusal, with the scopes of its challenge. */
function answerTo(principal: BearerPrincipal, query: VerifyQuery): string {
  try {
    requireDemands(principal, query);
    return 'yes';
  } catch (error) {
    const { code, scope } = error as DomainError;
    return scope === undefined ? code : `${code} for ${scope}`;
  }
}

describe('A question about a token', () => {
  it.each<[VerifyQuery, string]>([
    [{}, 'yes'],
    [{ clients: 'true' }, 'yes'],
    [{ role: 'editor' }, 'yes'],
    [{ role: ['admin', 'editor'] }, 'yes'],
    [{ role: 'admin' }, 'not-allowed'],
    [{ role: '' }, 'not-allowed'],
    [{ role: 'edit' }, 'not-allowed'],
    [{ role: 'editor,reader' }, 'not-allowed'],
    [{ role: [] }, 'not-allowed'],
    [{ scope: 'orders:read' }, 'not-allowed for orders:read'],
    [{ scope: '' }, 'not-allowed for '],
    [{ role: 'editor', scope: 'a' }, 'not-allowed for a'],
    [{ scope: ['a"', 'b\r\n', 'c'] }, 'not-allowed for c'],
  ])('of a user with roles and with no scope: %j', (query, answer) => {
    expect(answerTo(EDITOR, query)).toBe(answer);
  });

  it('of a key goes by the roles of the key', () => {
    expect(answerTo(KEY, { role: ['editor', 'reader'] })).toBe('yes');
    expect(answerTo(KEY, { role: 'reader' })).toBe('not-allowed');
  });

  it.each<[VerifyQuery, string]>([
    [{}, 'not-a-user'],
    [{ clients: 'false' }, 'not-a-user'],
    [{ clients: 'TRUE' }, 'not-a-user'],
    [{ role: 'editor' }, 'not-a-user'],
    [{ clients: 'true' }, 'yes'],
    [{ scope: 'orders:read' }, 'yes'],
    [{ scope: ['orders:read', 'orders:write'] }, 'yes'],
    [{ scope: 'orders:read orders:write' }, 'yes'],
    [{ scope: ['orders:read', 'refunds'] }, 'not-allowed for orders:read refunds'],
    [{ scope: 'orders:' }, 'not-allowed for orders:'],
    [{ clients: 'true', role: 'editor' }, 'not-allowed'],
    [{ scope: 'orders:read', role: 'editor' }, 'not-allowed'],
  ])('of a client with scopes and with no role: %j', (query, answer) => {
    expect(answerTo(CLIENT, query)).toBe(answer);
  });
});
