// Prints what a kept answer costs: CPU for each use, and bytes.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const KEPT = 100_000;
const USES = 2_000_000;

const [built] = process.argv.slice(2);
const { createVerifier } = await import(`${built}/src/index.js`);

/** As long as a token of the service is. */
const tokenOf = (i) => `${'x'.repeat(400)}.${i}`;

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  response.setHeader('content-type', 'application/json');
  if (request.url.startsWith('/oauth/changes')) {
    await sleep(200);
    response.end(JSON.stringify({ next: 'a.1', lease: 60_000, changed: [] }));
    return;
  }
  const token = new URLSearchParams(body).get('token') ?? '';
  const name = token.slice(401).padStart(22, '0');
  const answer = {
    ...{ active: true, token_type: 'Bearer', iss: 'https://id.example.org' },
    ...{
      aud: 'https://id.example.org',
      client_id: 'gatehouse',
      username: `user-${name.slice(-6)}`,
    },
    ...{ sub: String(Number(name)), sid: name, jti: `j${name.slice(1)}`, iat: 1_800_000_000 },
    ...{ auth_time: 1_800_000_000, exp: 1_800_002_100, lifetime_ms: 290_000, roles: ['auditor'] },
  };
  response.end(JSON.stringify(answer));
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const issuer = `http://127.0.0.1:${server.address().port}`;
const verifier = createVerifier({ issuer, clientId: 'gtc_x', clientSecret: 'gts_x' });
await sleep(500);
await verifier.verify(tokenOf(0));
globalThis.gc();
const before = process.memoryUsage().heapUsed;
for (let i = 0; i < KEPT; i += 16) {
  await Promise.all(Array.from({ length: 16 }, (_, j) => verifier.verify(tokenOf(i + j))));
}
globalThis.gc();
const bytes = (process.memoryUsage().heapUsed - before) / KEPT;

const tokens = Array.from({ length: 1_000 }, (_, i) => tokenOf(KEPT - 1_000 + i));
for (let i = 0; i < USES / 10; i += 1) await verifier.verify(tokens[i % 1_000]);
const began = process.cpuUsage();
for (let i = 0; i < USES; i += 1) await verifier.verify(tokens[i % 1_000]);
const { user, system } = process.cpuUsage(began);
console.log(JSON.stringify({ cpuMicroseconds: (user + system) / USES, bytes }));
process.exit(0);
