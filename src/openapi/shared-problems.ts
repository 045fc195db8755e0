import type { OpenAPIObject } from '@nestjs/swagger';
import { oauthErrorResponses } from '../oauth/oauth-openapi.js';
import { ALSO_BY, type Access } from '../common/access.decorators.js';
import { problemResponses } from '../problems/api-problems.js';
import type { ProblemCode } from '../problems/errors.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & {
  [ALSO_BY]?: NonNullable<Access['alsoBy']>;
};

const ANY_OTHER = {
  description: 'Any other problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
};

/** What may be wrong with a request before its route is looked at. */
const OF_EVERY_REQUEST: ProblemCode[] = [
  'malformed-request',
  'request-timeout',
  'headers-too-large',
];

/**
 * Completes an operation with what its kind implies: the problems of requests, bodies, credentials and
 * stores. Bodies are read, and may be refused, with every method but GET.
 */
export function completeOperation(operation: Operation, isGet: boolean): void {
  operation.security ??= [];
  if (operation.tags?.includes('OAuth')) {
    completeOAuthOperation(operation, isGet);
    return;
  }
  const schemes = operation.security.flatMap((requirement) => Object.keys(requirement));
  const has = (place: string) =>
    operation.parameters?.some((parameter) => 'in' in parameter && parameter.in === place);
  const codes = [...OF_EVERY_REQUEST];
  if (operation.requestBody || has('query')) codes.push('validation-failed');
  if (!isGet) codes.push('validation-failed', 'body-too-large', 'unsupported-media-type');
  if (has('path')) codes.push('uri-too-long');
  if (schemes.includes('bearer')) codes.push('token-missing', 'token-invalid');
  if (schemes.includes('basic')) {
    codes.push('credentials-missing', 'invalid-login', 'token-invalid', 'cross-site-request');
    codes.push('too-many-attempts', 'overloaded');
  }
  // A route that takes the tokens of clients has their scheme too.
  if (schemes.length > 0 && !schemes.includes('client')) codes.push('not-a-user');
  if (schemes.length > 0 && !operation[ALSO_BY]?.includes('key')) codes.push('not-with-a-key');
  delete operation['x-also-by'];
  if (operation.requestBody || schemes.length > 0) codes.push('service-unavailable');
  operation.responses = {
    ...(problemResponses(codes) as Operation['responses']),
    ...operation.responses,
    default: ANY_OTHER,
  };
  for (const response of Object.values(operation.responses)) {
    if (response && 'description' in response) response.description ||= operation.summary ?? '';
  }
}

/** Errors have another form there. */
function completeOAuthOperation(operation: Operation, isGet: boolean): void {
  const statuses = [400, 408, 431, ...(isGet ? [] : [413, 415])];
  operation.responses = {
    ...(oauthErrorResponses(statuses) as Operation['responses']),
    ...operation.responses,
    default: {
      description: 'Any other error',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/OAuthErrorDto' } } },
    },
  };
}
