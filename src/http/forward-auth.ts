import type { IncomingMessage } from 'node:http';

const PATH = '/auth/verify';
/** Also in the form that a request to a proxy has (RFC 9112 §3.2.2). */
const QUESTION = /^(?:https?:\/\/[^/?#]*)?\/auth\/verify(?![\w-])/;

/**
 * Makes one question of all that proxies ask below `/auth/verify`. Some ask as they were asked themselves: with the
 * method of the request that they guard, its path behind that of the question, its query, and its body or the
 * headers of one. All of that belongs to the guarded service, so it is neither read nor refused; Node discards a body
 * as it comes. Nor is an `OPTIONS` among it ever a preflight of ours, which would be answered without a token. For
 * Fastify's `rewriteUrl`.
 */
export function asOneQuestion(request: IncomingMessage): string {
  const { url = '/' } = request;
  const [question] = QUESTION.exec(url) ?? [];
  if (question === undefined) return url;
  request.method = 'GET';
  // The query of the question itself stays.
  return url.startsWith('?', question.length) ? PATH + url.slice(question.length) : PATH;
}
