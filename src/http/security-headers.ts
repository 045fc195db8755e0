import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import fastify, { type FastifyInstance } from 'fastify';
import type { Env } from '../config/env.js';

const YEAR_SECONDS = 365 * 24 * 3600;

/** Answers of the interface are data: nothing in them runs, loads or is shown in a frame. */
const DATA_POLICY = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

/** Pages, which are answered under these paths, and what each may load. */
const PAGE_POLICIES: Record<string, Record<string, string[]>> = {
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
};

/**
 * Says in every answer what a browser may do with it (OWASP ASVS 3.4). Resolves once the hooks stand, so
 * that they run before all others.
 */
export async function addSecurityHeaders(instance: FastifyInstance, env: Env): Promise<void> {
  instance.addHook('onRoute', (route) => {
    const page = Object.keys(PAGE_POLICIES).find((path) => isWithin(route.url, path));
    if (page) route.helmet = { contentSecurityPolicy: policy(PAGE_POLICIES[page]) };
  });
  await instance.register(helmet, optionsFor(env));
}

/** The same headers, for answers that no hook of Fastify sees. */
export async function securityHeadersOf(env: Env): Promise<Record<string, string>> {
  const probe = fastify();
  await addSecurityHeaders(probe, env);
  probe.get('/', (_request, reply) => reply.raw.getHeaders());
  return (await probe.inject('/')).json();
}

function optionsFor(env: Env): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: policy(DATA_POLICY),
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // Of this site alone: whether there is TLS elsewhere in its domain is not ours to say.
    strictTransportSecurity: env.publicUrl.startsWith('https:') && {
      maxAge: YEAR_SECONDS,
      includeSubDomains: false,
    },
    // What only browsers of the past knew, or what says nothing about data.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  };
}

function policy(directives: Record<string, string[]> = {}) {
  return { useDefaults: false, directives };
}

function isWithin(url: string, path: string): boolean {
  return url === path || url.startsWith(`${path}/`);
}
