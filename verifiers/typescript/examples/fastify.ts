// A small API on Fastify: node build/examples/fastify.js
import Fastify from 'fastify';
import { createVerifier } from 'gatehouse-verifier';
import { answerOf, guard } from 'gatehouse-verifier/fastify';
import { port, service } from './settings.js';

const verifier = createVerifier(service);
const app = Fastify();
app.addHook('onClose', () => verifier.close());

app.get('/hello', { onRequest: guard(verifier) }, (request) => ({
  hello: answerOf(request).username,
}));
const auditors = guard(verifier, { roles: ['auditor'], scopes: ['reports'] });
app.get('/reports', { onRequest: auditors }, () => ({ reports: [] }));

await app.listen({ port, host: '127.0.0.1' });
process.once('SIGTERM', () => void app.close());
