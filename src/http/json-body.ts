import { decodeUtf8 } from '../common/utf8.js';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError, invalidField } from '../problems/errors.js';

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Makes JSON in UTF-8 the only body there is: an object, without prototype keys, without broken
 * Unicode (RFC 8259 §8). No body at all is none, whatever its type is said to be.
 */
export function acceptJsonObjectsOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, bytes: Buffer, done) => {
      const text = decode(bytes);
      const { 'content-encoding': coding = 'identity' } = request.headers;
      if (coding !== 'identity') done(new DomainError('unsupported-media-type'));
      else if (text === '') done(null, undefined);
      else if (text === undefined) done(malformed('The body is not valid UTF-8'));
      else void parse(request, text, (error, body) => acceptObject(error, body, done));
    },
  );
}

function acceptObject(error: Error | null, body: unknown, done: Done) {
  if (error) done(malformed('The body is not valid JSON', error));
  else if (!isPlainObject(body)) done(malformed('The body must be a JSON object'));
  else done(faultOf(body) ?? null, body);
}

/** All bodies here are flat. Deeper ones, and names that every object has, confuse what comes after. */
function faultOf(body: Record<string, unknown>): DomainError | undefined {
  for (const [field, value] of Object.entries(body)) {
    if (!field.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
      return malformed('The body contains broken Unicode');
    }
    if (field in Object.prototype) return invalidField(field, 'is not known here');
    if (typeof value === 'object' && value !== null) return invalidField(field, 'must be a string');
  }
  return undefined;
}

function decode(bytes: Buffer): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

function malformed(detail: string, cause?: unknown): DomainError {
  return new DomainError('malformed-request', { detail, cause });
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
