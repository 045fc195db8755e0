import { PROBLEMS } from '../problems/errors.js';
import { toDomainError } from '../problems/problem.js';
import { invalidClient, invalidRequest, OAuthError } from './oauth-error.js';

describe('An error of OAuth that is answered elsewhere', () => {
  it.each([
    invalidRequest('x'),
    invalidClient('header'),
    invalidClient('body'),
    new OAuthError('insufficient_scope', 'x'),
    new OAuthError('too_many_requests', 'x'),
  ])('is a fault of the request: %s', (error) => {
    const { status } = PROBLEMS[toDomainError(error).code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});
