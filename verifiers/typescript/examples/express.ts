// A small API on Express: node build/examples/express.js
import express from 'express';
import { createVerifier } from 'gatehouse-verifier';
import { answerOf, guard } from 'gatehouse-verifier/express';
import { port, service } from './settings.js';

const verifier = createVerifier(service);
const app = express();

app.get('/hello', guard(verifier), (request, response) => {
  response.json({ hello: answerOf(request).username });
});
app.get('/reports', guard(verifier, { roles: ['auditor'], scopes: ['reports'] }), (_, response) => {
  response.json({ reports: [] });
});

const server = app.listen(port, '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => void verifier.close());
});
