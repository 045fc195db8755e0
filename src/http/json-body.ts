import { decodeUtf8 } from '../common/utf8.js';
import { withoutNulls } from '../common/without-nulls.js';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { DomainError, invalidField } from '../problems/errors.js';

/** What the route says of the fields of its body. */
type NamedFields = Pick<FastifyContextConfig, 'listFields' | 'numberFields'>;

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Makes JSON in UTF-8 the only body there is: an object, without prototype keys, without broken
 * Unicode (RFC 8259 §8). A field that is null counts as one that was not sent. An empty body is none, whatever its
 * type is said to be: curl and browsers name one of their own.
 */
export function acceptJsonObjectsOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRequest', ({ headers }, _reply, done) => {
    if (headers['content-type'] !== undefined && isEmpty(headers)) delete headers['content-type'];
    done();
  });
  fastify.addContentTypeParser('*', acceptEmptyBody);
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, bytes: Buffer, done) => {
      const text = decode(bytes);
      const { 'content-encoding': coding = 'identity' } = request.headers;
      if (text === '') done(null, undefined);
      else if (coding !== 'identity') done(new DomainError('unsupported-media-type'));
      else if (text === undefined) done(malformed('The body is not valid UTF-8'));
      else
        void parse(request, text, (error, body) => {
          acceptObject(error, body, request.routeOptions.config, done);
        });
    },
  );
}

/** Whether the headers say that there is no body (RFC 9112 §6.3). */
function isEmpty(headers: IncomingHttpHeaders): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  return length === '0' && coding === undefined;
}

/** Takes a body of any other type if it is empty, which one in chunks shows at its end alone. */
export async function acceptEmptyBody(
  request: FastifyRequest,
  body: IncomingMessage,
): Promise<undefined> {
  // What no route answers is not found, whatever it brings.
  if (request.is404) return;
  const first = await body.iterator({ destroyOnReturn: false }).next();
  if (!first.done) throw new DomainError('unsupported-media-type');
}

function acceptObject(error: Error | null, body: unknown, fields: NamedFields, done: Done) {
  if (error) done(malformed('The body is not valid JSON', error));
  else if (!isPlainObject(body)) done(malformed('The body must be a JSON object'));
  else done(faultOf(body, fields) ?? null, withoutNulls(body));
}

/**
 * All bodies here are flat, but for lists of texts in the fields that the route names. Deeper ones, and names that every
 * object has, confuse what comes after.
 */
function faultOf(
  body: Record<string, unknown>,
  { listFields = [], numberFields = [] }: NamedFields,
): DomainError | undefined {
  for (const [field, value] of Object.entries(body)) {
    const isList = Array.isArray(value) && listFields.includes(field);
    const values: unknown[] = isList ? value : [value];
    if (![field, ...values].every(isWellFormed)) {
      return malformed('The body contains broken Unicode');
    }
    if (field in Object.prototype) return invalidField(field, 'is not known here');
    if (isList ? !values.every(isText) : typeof value === 'object' && value !== null) {
      if (listFields.includes(field)) return invalidField(field, 'must be a list of strings');
      const isNumber = numberFields.includes(field);
      return invalidField(field, isNumber ? 'must be a whole number' : 'must be a string');
    }
  }
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Whether it is no text, or one without broken Unicode. */
function isWellFormed(value: unknown): boolean {
  return !isText(value) || value.isWellFormed();
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
