import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { DomainError, PROBLEMS, type ProblemCode } from './errors.js';
import { toProblem } from './problem.js';

class FieldErrorDto {
  @ApiProperty({ example: 'username' })
  field!: string;

  @ApiProperty({ example: 'must have 4 to 80 characters' })
  detail!: string;
}

/** The shape of every error answer (RFC 9457 §3.1). */
export class ProblemDto {
  @ApiProperty({ format: 'uri-reference', example: '/problems/validation-failed' })
  type!: string;

  @ApiProperty({ example: 'Invalid input' })
  title!: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status!: number;

  @ApiProperty({ example: 'username must have 4 to 80 characters' })
  detail!: string;

  @ApiProperty({ type: [FieldErrorDto], required: false })
  errors?: FieldErrorDto[];
}

/** What a log-in is answered whose password is right, if the account has a second factor. */
export class SecondFactorRequiredDto extends ProblemDto {
  @ApiProperty({ example: 'mUu9ZVf0e2H2mJcXvTQ9yKxk3rJfO5v3K1d1f8eYQ2s' })
  challenge!: string;

  @ApiProperty({
    type: [String],
    description: 'The types of factors that answer it',
    example: ['totp'],
  })
  factors!: string[];

  @ApiProperty({ type: 'integer', description: 'Seconds until it expires', example: 300 })
  expires_in!: number;
}

/** What problems say beside what all of them say. */
const EXAMPLE_MEMBERS: Partial<Record<ProblemCode, object>> = {
  'second-factor-required': {
    challenge: 'mUu9ZVf0e2H2mJcXvTQ9yKxk3rJfO5v3K1d1f8eYQ2s',
    factors: ['totp'],
    expires_in: 300,
  },
};

/** Headers that come with every problem of a status. */
const HEADERS: Record<number, Record<string, string>> = {
  401: { 'WWW-Authenticate': 'Which kind of credentials to send (RFC 9110 §11.6.1)' },
  429: { 'Retry-After': 'Seconds after which to try again' },
  503: { 'Retry-After': 'Seconds after which to try again' },
};

/** The documented answers to these problems: one for each status, with an example for each problem. */
export function problemResponses(codes: ProblemCode[]): Record<string, ApiResponseOptions> {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const own = codes.filter((code) => PROBLEMS[code].status === status);
      return [String(status), problemResponse(status, [...new Set(own)])];
    }),
  );
}

function problemResponse(status: number, codes: ProblemCode[]): ApiResponseOptions {
  const headers = Object.entries(HEADERS[status] ?? {}).map(
    ([name, description]) =>
      [name, { description, required: true, schema: { type: 'string' as const } }] as const,
  );
  const examples = codes.map(
    (code) =>
      [code, { value: { ...toProblem(new DomainError(code)), ...EXAMPLE_MEMBERS[code] } }] as const,
  );
  return {
    description: codes.map((code) => PROBLEMS[code].detail).join('; or: '),
    headers: Object.fromEntries(headers),
    content: {
      'application/problem+json': {
        schema: schemaOf(codes),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

function schemaOf(codes: ProblemCode[]) {
  const ofAll = { $ref: '#/components/schemas/ProblemDto' };
  const ofSecondFactor = { $ref: '#/components/schemas/SecondFactorRequiredDto' };
  return codes.includes('second-factor-required') ? { anyOf: [ofSecondFactor, ofAll] } : ofAll;
}

/**
 * Documents the problems that are a route's own. Those that come with taking a body, credentials or a
 * store are added to every route that takes them: see `openapi/shared-problems.ts`.
 */
export function ApiProblems(...codes: ProblemCode[]) {
  return applyDecorators(
    ...Object.entries(problemResponses(codes)).map(([status, response]) =>
      ApiResponse({ ...response, status: Number(status) }),
    ),
  );
}
