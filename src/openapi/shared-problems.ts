import type { OpenAPIObject } from '@nestjs/swagger';
import { problemResponses } from '../common/api-docs.js';
import type { ProblemCode } from '../common/errors.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const ANY_OTHER = {
  description: 'Any other problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
};

/** Completes an operation with what its kind implies: the problems of bodies, credentials and stores. */
export function completeOperation(operation: Operation): void {
  operation.security ??= [];
  const schemes = operation.security.flatMap((requirement) => Object.keys(requirement));
  const codes: ProblemCode[] = [];
  if (operation.requestBody) {
    codes.push(
      'malformed-request',
      'validation-failed',
      'body-too-large',
      'unsupported-media-type',
    );
  }
  if (operation.parameters?.some((parameter) => 'in' in parameter && parameter.in === 'query')) {
    codes.push('validation-failed');
  }
  if (schemes.includes('bearer')) codes.push('token-missing', 'token-invalid');
  if (schemes.includes('basic')) {
    codes.push('credentials-missing', 'invalid-login', 'token-invalid', 'cross-site-request');
  }
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
