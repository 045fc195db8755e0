import { HttpException } from '@nestjs/common';
import { DomainError, PROBLEMS, type FieldError, type ProblemCode } from './errors.js';

/** The media type of every error answer (RFC 9457 §3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** The body of every error answer (RFC 9457 §3.1). */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldError[];
}

/** Fastify's and Node's parser errors that say more than their status does. */
const CODES_OF_LIBRARIES: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_MAX_PARAM_LENGTH_REACHED: 'uri-too-long',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

const CODES_OF_STATUSES: Record<number, ProblemCode> = {
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
  503: 'service-unavailable',
};

/** Any error as one of ours. What is not known becomes `internal-error`, with the error as private cause. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const isKnown = typeof code === 'string' && Object.hasOwn(CODES_OF_LIBRARIES, code);
  const known = isKnown ? CODES_OF_LIBRARIES[code] : undefined;
  if (known) return new DomainError(known, { cause: error });
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  if (typeof status !== 'number') return new DomainError('internal-error', { cause: error });
  const named = CODES_OF_STATUSES[status];
  if (named) return new DomainError(named, { cause: error });
  const isClientError = status >= 400 && status < 500;
  return new DomainError(isClientError ? 'malformed-request' : 'internal-error', { cause: error });
}

/** The document that tells a client of an error. */
export function toProblem(error: DomainError): ProblemDocument {
  const { title, status } = PROBLEMS[error.code];
  return {
    type: `/problems/${error.code}`,
    title,
    status,
    detail: error.detail,
    ...(error.errors && { errors: error.errors }),
    ...error.members,
  };
}
