import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import fastify from 'fastify';
import type { Env } from '../config/env.js';

type Policy = Record<string, string[]>;

const YEAR_SECONDS = 365 * 24 * 3600;

/** Answers of the interface are data: no part of them runs, loads or is shown in a frame. */
const DATA_POLICY: Policy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

/** Pages, which are answered under these paths, and what each may load. */
const PAGE_POLICIES: Record<string, Policy> = {
  '/docs': {
    ...DATA_POLICY,
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'connect-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'script-src': ["'self'"],
    // Swagger UI has styles in its page; no script.
    'style-src': ["'self'", "'unsafe-inline'"],
  },
  '/account': {
    ...DATA_POLICY,
    'base-uri': ["'none'"],
    // Its script sends what is in its forms; without it, no password gets into an address.
    'form-action': ["'none'"],
    'connect-src': ["'self'"],
    'img-src': ["'self'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    // No text of anybody becomes markup.
    'require-trusted-types-for': ["'script'"],
    'trusted-types': ["'none'"],
  },
};

/** The headers of one answer, by their names. */
export type Headers = Record<string, string>;

/** What every answer says to browsers: those with data, and those of pages by the path these are under. */
export interface SecurityHeaders {
  readonly ofData: Headers;
  readonly ofPages: ReadonlyMap<string, Headers>;
}

/**
 * What a browser may do with an answer (OWASP ASVS 3.4). Helmet makes the headers once, and not for each
 * request, because they are always the same.
 */
export async function makeSecurityHeaders(env: Env): Promise<SecurityHeaders> {
  const headersOf = async (directives: Policy): Promise<Headers> => {
    const probe = fastify();
    await probe.register(helmet, optionsFor(directives, env));
    probe.get('/', (_request, reply) => reply.raw.getHeaders());
    return (await probe.inject('/')).json();
  };
  const pages = Object.entries(PAGE_POLICIES).map(
    async ([path, policy]) => [path, await headersOf(policy)] as const,
  );
  return { ofData: await headersOf(DATA_POLICY), ofPages: new Map(await Promise.all(pages)) };
}

function optionsFor(directives: Policy, env: Env): FastifyHelmetOptions {
  const isHttps = env.publicUrl.startsWith('https:');
  return {
    contentSecurityPolicy: { useDefaults: false, directives },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // Over plain HTTP browsers ignore it, and complain of it in their consoles.
    crossOriginOpenerPolicy: isHttps && { policy: 'same-origin' },
    // Of this site alone: whether there is TLS elsewhere in its domain is not ours to say.
    strictTransportSecurity: isHttps && {
      maxAge: YEAR_SECONDS,
      includeSubDomains: false,
    },
    // Headers that only browsers of the past knew, or that do not matter for data.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  };
}
