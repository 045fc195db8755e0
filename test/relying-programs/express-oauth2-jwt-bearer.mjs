import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { ISSUER, USER_TOKEN, report, statusFrom } from './program.mjs';

const app = express();
app.use(auth({ issuerBaseURL: ISSUER, audience: ISSUER }));
app.get('/', (request, response) => response.json(request.auth.payload));

const guarded = express();
guarded.use(auth({ issuerBaseURL: ISSUER, audience: ISSUER }), requiredScopes('orders:read'));
guarded.get('/', (_request, response) => response.json({}));

const { CLIENT_TOKEN } = process.env;
const forged = `${USER_TOKEN.slice(0, -10)}AAAAAAAAAA`;
report({
  user: await statusFrom(app, USER_TOKEN),
  forged: await statusFrom(app, forged),
  userWithoutScope: await statusFrom(guarded, USER_TOKEN),
  clientWithScope: await statusFrom(guarded, CLIENT_TOKEN),
});
