import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/**
 * Warns, once, if `X-Forwarded-For` comes from an address that is not believed: behind a proxy that
 * `TRUST_PROXY` does not name all clients share its address, and its limits.
 */
export function warnOfUnknownProxies(fastify: FastifyInstance): void {
  const logger = new Logger('Proxies');
  let isTold = false;

  fastify.addHook('onRequest', ({ headers, ips = [], socket }, _reply, done) => {
    if (!isTold && headers['x-forwarded-for'] !== undefined && ips.length <= 1) {
      isTold = true;
      logger.warn(
        `X-Forwarded-For came from ${socket.remoteAddress}, which TRUST_PROXY does not name, and is ` +
          'ignored. If that is your proxy, its clients count as one address: set TRUST_PROXY',
      );
    }
    done();
  });
}
