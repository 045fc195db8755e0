// A route that needs a token: `guarded` by a verifier, or `plain` with fast-jwt and no revocation. Tells its address and
// tokens, and its CPU in microseconds when it is asked.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { createSigner, createVerifier as createJwtVerifier } from 'fast-jwt';

const [kind, built] = process.argv.slice(2);
const KEY = 'k'.repeat(64);
const sign = createSigner({ key: KEY, algorithm: 'HS256', expiresIn: 3_600_000 });
const claimsOf = (i) => ({ sub: String(i), username: `user-${i}`, sid: `s${i}`, jti: `j${i}` });
const tokens = Array.from({ length: 1_000 }, (_, i) => sign(claimsOf(i)));

const app = Fastify();
app.decorateRequest('claims', null);

if (kind === 'plain') {
  // With the cache that it has: what was verified is not verified again.
  const verify = createJwtVerifier({ key: KEY, algorithms: ['HS256'], cache: 10_000 });
  const onRequest = async (request, reply) => {
    const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
    if (scheme !== 'Bearer') return reply.code(401).send({ message: 'No token' });
    try {
      request.claims = verify(token);
    } catch {
      return reply.code(401).send({ message: 'Not a valid token' });
    }
    return undefined;
  };
  app.get('/', { onRequest }, async ({ claims }) => ({ hello: claims.username }));
} else {
  const { createVerifier } = await import(`${built}/src/index.js`);
  const { answerOf, guard } = await import(`${built}/src/fastify.js`);
  const issuer = await startIssuer();
  const verifier = createVerifier({ issuer, clientId: 'gtc_x', clientSecret: 'gts_x' });
  const onRequest = guard(verifier);
  app.get('/', { onRequest }, async (request) => ({ hello: answerOf(request).username }));
}

/** Answers as the service does; its part in the CPU is the polls and a question for each token. */
async function startIssuer() {
  const live = new Map(tokens.map((token, i) => [token, claimsOf(i)]));
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.setHeader('content-type', 'application/json');
    if (request.url.startsWith('/oauth/changes')) {
      await sleep(250);
      response.end(JSON.stringify({ next: 'a.1', lease: 1_000, changed: [] }));
      return;
    }
    const claims = live.get(new URLSearchParams(body).get('token'));
    const common = { token_type: 'Bearer', client_id: 'gatehouse', lifetime_ms: 290_000 };
    response.end(
      JSON.stringify(claims ? { active: true, ...common, ...claims } : { active: false }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
process.send({ url, tokens });
