import { RouteConfig } from '@nestjs/platform-fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of every origin may read the answer: it is the same for everybody, and public. */
    isOpenToAllOrigins?: boolean;
  }
}

/** Lets pages of every origin read a public document, whatever `CORS_ORIGINS` says. */
export const OpenToAllOrigins = () => RouteConfig({ isOpenToAllOrigins: true });
