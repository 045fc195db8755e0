import { applyDecorators } from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiProperty, ApiResponse } from '@nestjs/swagger';

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

const DESCRIPTIONS: Record<number, string> = {
  400: 'The input is invalid; `errors` names the fields',
  401: 'No valid credentials; `WWW-Authenticate` says which kind to send',
  403: 'A cross-site request of a browser',
  404: 'There is no such thing, or it is not yours',
  409: 'The username is already taken',
  413: 'The body is larger than 16 KiB',
  415: 'The body is not application/json',
  503: 'A store cannot answer right now; `Retry-After` says when to try again',
};

/** Documents the problem answers of a route. */
export function ApiProblems(...statuses: number[]) {
  return applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: DESCRIPTIONS[status] ?? '',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } },
        },
      }),
    ),
  );
}

/** Documents a route that takes a Bearer token, with its problem answers beside 401 and 503. */
export function ApiBearerRoute(...statuses: number[]) {
  return applyDecorators(ApiBearerAuth(), ApiProblems(...statuses, 401, 503));
}

/** Documents a route that takes HTTP Basic, with its problem answers beside 401, 403 and 503. */
export function ApiBasicRoute(...statuses: number[]) {
  return applyDecorators(ApiBasicAuth(), ApiProblems(...statuses, 401, 403, 503));
}
