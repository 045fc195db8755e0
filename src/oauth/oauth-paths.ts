import type { FastifyRequest } from 'fastify';

const EDGE = /^\/(?:oauth|\.well-known\/oauth-authorization-server)(?:\/|$)/;

/** What stands before the path in the form of a request to a proxy (RFC 9112 §3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** The route of @fastify/cors, which preflights of every address match. */
const PREFLIGHTS = '*';

/** The patterns of routes, and whether they are at the edge: asked of each request. */
const knownRoutes = new Map<string, boolean>();

/** Whether a request is at the edge that speaks OAuth: forms in, and errors of RFC 6749 out. */
export function isAtOAuthEdge({ routeOptions, originalUrl }: FastifyRequest): boolean {
  const { url = PREFLIGHTS } = routeOptions;
  if (url === PREFLIGHTS) return isOAuthAddress(originalUrl);
  let isEdge = knownRoutes.get(url);
  if (isEdge === undefined) knownRoutes.set(url, (isEdge = isOAuthAddress(url)));
  return isEdge;
}

/** Whether an address is there, in whatever form it comes: for what has no route. */
export function isOAuthAddress(url: string): boolean {
  const [path = ''] = url.replace(ORIGIN, '').split(/[?#]/, 1);
  return EDGE.test(path.replace(/%[2-7][\da-f]/gi, decodeAsRouter));
}

/** The router leaves an escape of `/` and other delimiters as it is. Broken escapes beside it change nothing. */
function decodeAsRouter(escape: string): string {
  return decodeURI(escape);
}
