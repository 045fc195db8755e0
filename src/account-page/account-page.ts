import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Beside this file, or beside the bundle. */
const FOLDER = join(import.meta.dirname, 'page');

const MEDIA_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/**
 * Serves the account page at `/account`, and its files below. From memory, because reading files takes
 * the threads that hash passwords. A browser asks each time whether its copy is the newest, so that it
 * never runs a script of another version than the page.
 */
export function serveAccountPage(fastify: FastifyInstance): void {
  for (const name of readdirSync(FOLDER)) {
    const path = name === 'account.html' ? '/account' : `/account/${name}`;
    const content = readFileSync(join(FOLDER, name));
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
