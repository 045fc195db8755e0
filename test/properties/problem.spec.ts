import { HttpException } from '@nestjs/common';
import * as fc from 'fast-check';
import { DomainError, PROBLEMS, type ProblemCode } from '../../src/problems/errors.js';
import { toDomainError, toProblem } from '../../src/problems/problem.js';
import { fuzzing } from '../support/fuzzing.js';

const RUNS = 2_000;
const SECRET = 'SELECT secret FROM vault';

const codes = Object.keys(PROBLEMS) as ProblemCode[];
const statuses = fc.oneof(fc.integer(), fc.integer({ min: 100, max: 599 }), fc.constant(SECRET));
const libraryCodes = fc.constantFrom(
  ...['FST_ERR_CTP_BODY_TOO_LARGE', 'FST_ERR_CTP_INVALID_MEDIA_TYPE', 'HPE_HEADER_OVERFLOW'],
  ...['ERR_HTTP_REQUEST_TIMEOUT', 'ECONNREFUSED', 'constructor', '__proto__', SECRET],
);

/** Whatever may be thrown, with a secret in every place that one may be in. */
const thrown: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(SECRET),
  fc.constant(new Error(SECRET, { cause: new TypeError(SECRET) })),
  fc
    .record({ code: libraryCodes, statusCode: statuses, status: statuses })
    .map((members) => Object.assign(new Error(SECRET), { detail: SECRET, sql: SECRET }, members)),
  fc.record({ code: libraryCodes, statusCode: statuses, message: fc.constant(SECRET) }),
  fc
    .integer({ min: 400, max: 599 })
    .map((status) => new HttpException({ message: SECRET, errors: [SECRET] }, status)),
  fc.constantFrom(...codes).map((code) => new DomainError(code, { cause: new Error(SECRET) })),
  fc.constantFrom(...codes).map((code) => new DomainError(code, { cause: SECRET, allow: ['GET'] })),
  fc.anything(),
);

describe('The problem document of anything that was thrown', () => {
  it('has a documented type with its status, and nothing private', () => {
    fc.assert(
      fc.property(thrown, (error) => {
        const domainError = toDomainError(error);
        const problem = toProblem(domainError);
        const { status, title } = PROBLEMS[domainError.code];
        expect(problem).toMatchObject({ type: `/problems/${domainError.code}`, status, title });
        expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail']);
        expect(JSON.stringify(problem)).not.toContain(SECRET);
      }),
      fuzzing(RUNS),
    );
  });
});
