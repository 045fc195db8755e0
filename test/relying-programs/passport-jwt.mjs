import express from 'express';
import { passportJwtSecret } from 'jwks-rsa';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { ISSUER, USER_TOKEN, report, statusFrom } from './program.mjs';

passport.use(
  new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: passportJwtSecret({ jwksUri: `${ISSUER}/.well-known/jwks.json` }),
      issuer: ISSUER,
      audience: ISSUER,
      algorithms: ['ES256', 'RS256'],
    },
    (claims, done) => done(null, claims),
  ),
);

const app = express();
app.use(passport.authenticate('jwt', { session: false }));
app.get('/', (request, response) => response.json(request.user));

const forged = `${USER_TOKEN.slice(0, -10)}AAAAAAAAAA`;
report({ user: await statusFrom(app, USER_TOKEN), forged: await statusFrom(app, forged) });
