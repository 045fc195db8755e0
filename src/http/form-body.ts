import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { decodeUtf8 } from '../common/utf8.js';
import { FormParameters } from '../oauth/form-parameters.js';
import { isAtOAuthEdge } from '../oauth/oauth-paths.js';
import { DomainError } from '../problems/errors.js';
import { BODY_LIMIT_BYTES } from './body-limit.js';
import { acceptEmptyBody } from './json-body.js';
import { refuse, type Refusal } from './refusals.js';
import { countHeader } from './strict-requests.js';

const FORM = 'application/x-www-form-urlencoded';

/** Connections on which a form is being read. */
const readingOn = new WeakSet<Socket>();

/** Whether what a connection sends is the form of a request, so that its fault is one at the edge of OAuth. */
export function isSendingForm(socket: Socket): boolean {
  return readingOn.has(socket);
}

/** Makes forms in UTF-8 the only bodies at the edge of OAuth, and none anywhere else. After `acceptJsonObjectsOnly`. */
export function acceptForms(fastify: FastifyInstance): void {
  refuse(fastify, [severalTypes, otherType]);
  fastify.addContentTypeParser(FORM, (request: FastifyRequest, body: IncomingMessage) =>
    isAtOAuthEdge(request) ? parseForm(request, body) : acceptEmptyBody(request, body),
  );
}

/** Node would take the first of them without a word. */
const severalTypes: Refusal = (request) => {
  if (countHeader(request.raw, 'content-type') < 2 || !isAtOAuthEdge(request)) return undefined;
  return new DomainError('malformed-request', { detail: 'Send one Content-Type header' });
};

/** What JSON's parser, or another one, would take. */
const otherType: Refusal = (request) => {
  const { method, headers, is404 } = request;
  const type = headers['content-type'];
  if (is404 || method !== 'POST' || type === undefined || !isAtOAuthEdge(request)) return undefined;
  const isForm = type.split(';', 1)[0]?.trim().toLowerCase() === FORM;
  return isForm ? undefined : new DomainError('unsupported-media-type');
};

async function parseForm(
  request: FastifyRequest,
  body: IncomingMessage,
): Promise<FormParameters | undefined> {
  if (request.is404) return undefined;
  const { 'content-encoding': coding = 'identity' } = request.headers;
  if (coding !== 'identity') throw new DomainError('unsupported-media-type');
  return FormParameters.parse(textOf(await readWithin(BODY_LIMIT_BYTES, request, body)));
}

function textOf(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new DomainError('malformed-request', { detail: 'The body is not valid UTF-8', cause });
  }
}

/** @throws DomainError `body-too-large`, at the headers if these tell; `malformed-request` if the sender goes */
function readWithin(
  limitBytes: number,
  { headers }: FastifyRequest,
  body: IncomingMessage,
): Promise<Buffer> {
  if (Number(headers['content-length']) > limitBytes) throw new DomainError('body-too-large');
  const { socket } = body;
  const chunks: Buffer[] = [];
  let length = 0;
  readingOn.add(socket);
  // By its events: an iterator costs a request as much as a question to the store.
  return new Promise<Buffer>((resolve, reject) => {
    const fail = (error: DomainError) => {
      body.off('data', take);
      reject(error);
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) fail(new DomainError('body-too-large'));
      else chunks.push(chunk);
    };
    body.on('data', take);
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.once('error', (cause) => fail(new DomainError('malformed-request', { cause })));
    body.once('close', () => {
      if (!body.readableEnded) fail(new DomainError('malformed-request'));
    });
  }).finally(() => readingOn.delete(socket));
}
