// What Gatehouse is compared with: about the least that a server in Node can do for revocable tokens. A
// bare Fastify route, a signature, and one question to Redis, which knows the tokens that were revoked. A log-in asks
// it for the hash, and gives it the session.
import { hash, verify as verifyHash } from '@node-rs/argon2';
import { createClient } from '@redis/client';
import Fastify from 'fastify';
import { createSigner, createVerifier } from 'fast-jwt';
import { randomUUID } from 'node:crypto';
import { ARGON2 } from './argon2.mjs';

const LIFETIME_SECONDS = 2100;

const { PORT, REDIS_URL, JWT_KEY: key } = process.env;
const sign = createSigner({ key, algorithm: 'HS256', expiresIn: LIFETIME_SECONDS * 1000 });
const verify = createVerifier({ key, algorithms: ['HS256'] });
// Without a timer for each command, which would be more than the least.
const redis = await createClient({ url: REDIS_URL, commandOptions: { timeout: 0 } }).connect();

const keyOf = ({ jti }) => `floor:revoked:${jti}`;
const hashKeyOf = (username) => `floor:hash:${username}`;
const expiration = { type: 'EX', value: LIFETIME_SECONDS };
const tokenOf = (username, jti = randomUUID()) => ({ token: sign({ sub: username, jti }) });

/** Puts the claims of a token that is valid, and was not revoked, into the request. */
async function guard(request, reply) {
  const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
  if (scheme !== 'Bearer') return reply.code(401).send({ message: 'No token' });
  try {
    request.claims = verify(token);
  } catch {
    return reply.code(401).send({ message: 'Not a valid token' });
  }
  if ((await redis.get(keyOf(request.claims))) === null) return undefined;
  return reply.code(401).send({ message: 'The token was revoked' });
}

function revoke(claims) {
  return redis.set(keyOf(claims), '1', { expiration });
}

const app = Fastify();
app.decorateRequest('claims', null);
app.get('/', async () => ({ message: 'Ready' }));
app.post('/mint', async ({ body }) => tokenOf(body.username));
app.post('/register', async ({ body: { username, password } }) => {
  await redis.set(hashKeyOf(username), await hash(password, ARGON2));
  return { username };
});
app.post('/login', async ({ body: { username, password } }, reply) => {
  const encoded = await redis.get(hashKeyOf(username));
  if (!(await verifyHash(encoded, password))) return reply.code(401).send({ message: 'Wrong' });
  const jti = randomUUID();
  await redis.set(`floor:session:${jti}`, username, { expiration });
  return tokenOf(username, jti);
});
app.get('/me', { onRequest: guard }, async ({ claims }) => ({ user: { username: claims.sub } }));
app.post('/renew', { onRequest: guard }, async ({ claims }) => {
  await revoke(claims);
  return tokenOf(claims.sub);
});
app.post('/logout', { onRequest: guard }, async ({ claims }) => {
  await revoke(claims);
  return { message: 'Logged out' };
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
