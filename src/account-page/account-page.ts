import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Env } from '../config/env.js';

/** Beside this file, or beside the bundle. */
const FOLDER = join(import.meta.dirname, 'page');

const MEDIA_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** Draws QR codes in the page. The build puts it beside the other files; in development it comes from its package. */
const QR_CODES = 'uqr.js';

/** What the page says of the service: whether it offers what needs mails. */
const SENDS_NO_MAIL = 'data-mail="false"';
const SENDS_MAIL = 'data-mail="true"';

/**
 * Serves the account page at `/account`, and its files below. From memory, because reading files takes
 * the threads that hash passwords. A browser asks each time whether its copy is the newest, so that it
 * never runs a script of another version than the page.
 */
export function serveAccountPage(
  fastify: FastifyInstance,
  { sendsMail }: Pick<Env, 'sendsMail'>,
): void {
  const names = new Set([...readdirSync(FOLDER), QR_CODES]);
  for (const name of names) {
    const path = name === 'account.html' ? '/account' : `/account/${name}`;
    const text = readFileSync(locationOf(name), 'utf8');
    const content = sendsMail ? text.replace(SENDS_NO_MAIL, SENDS_MAIL) : text;
    const headers = {
      'Content-Type': MEDIA_TYPES[extname(name)],
      'Cache-Control': 'no-cache',
      ETag: `"${createHash('sha256').update(content).digest('base64url')}"`,
    };
    fastify.get(path, (request, reply) => {
      void reply.headers(headers);
      const isNewest = request.headers['if-none-match']?.includes(headers.ETag);
      return isNewest ? reply.status(304).send() : reply.send(content);
    });
  }
}

function locationOf(name: string): string {
  const path = join(FOLDER, name);
  return name === QR_CODES && !existsSync(path) ? fileURLToPath(import.meta.resolve('uqr')) : path;
}
