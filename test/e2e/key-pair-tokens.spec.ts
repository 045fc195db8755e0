import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { newPrivateKey } from '../../src/config/new-keys.js';
import { describeOnEachBackend } from '../support/backends.js';
import type { Client } from '../support/client.js';
import { publishedKey } from '../support/token-keys.js';
import {
  atOnce,
  datesOf,
  GUARDED_ROUTES,
  logOut,
  present,
  renew,
  renewed,
} from '../support/tokens.js';
import { claimsOf } from '../support/client.js';

const KEYS = { ES256: newPrivateKey('ES256'), RS256: newPrivateKey('RS256') };
const STRANGER = newPrivateKey('ES256');

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The claims of a genuine token below another header, signed with a private key or a secret. */
function forged(
  genuine: string,
  header: object,
  key: { pem: string } | { secret: string },
): string {
  const text = `${encode(header)}.${genuine.split('.')[1]}`;
  const signature =
    'pem' in key
      ? sign('sha256', Buffer.from(text), {
          key: createPrivateKey(key.pem),
          dsaEncoding: 'ieee-p1363',
        })
      : createHmac('sha256', key.secret).update(text).digest();
  return `${text}.${signature.toString('base64url')}`;
}

describe.each(['ES256', 'RS256'] as const)('Tokens of %s', (alg) => {
  const SIGNING_KEY = KEYS[alg];
  const OTHER_KEY = KEYS[alg === 'ES256' ? 'RS256' : 'ES256'];
  const header = { alg, typ: 'at+jwt', kid: publishedKey(SIGNING_KEY).kid };

  describeOnEachBackend('live as all tokens do', (start) => {
    let client: Client;

    beforeAll(async () => {
      const PUBLISHED_KEYS = JSON.stringify({ keys: [publishedKey(OTHER_KEY)] });
      ({ client } = await start({ SIGNING_KEY, PUBLISHED_KEYS }));
    });

    it('from the log-in over renewals to the log-out', async () => {
      const { token, username, id } = await client.newSession();
      expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toEqual(
        header,
      );
      const { status, body } = await client.get('/user', { bearer: token });
      expect([status, body.user, body.token]).toEqual([200, { id, username }, token]);
      const next = await renewed(client, token);
      expect(claimsOf(next).jti).not.toBe(claimsOf(token).jti);
      await logOut(client, next);
      for (const dead of [token, next]) {
        for (const route of GUARDED_ROUTES) {
          expect((await present(client, route, dead)).status).toBe(401);
        }
      }
    });

    it('and concurrent renewals all answer the same jti and exp', async () => {
      const { token } = await client.newSession();
      const answers = await atOnce(20, () => renew(client, token));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      const tokens = answers.map(({ body }) => String(body.token));
      expect(new Set(tokens.map((text) => claimsOf(text).jti)).size).toBe(1);
      expect(new Set(tokens.map((text) => datesOf(text).exp)).size).toBe(1);
    });

    it('and nothing that only looks like one does', async () => {
      const { token } = await client.newSession();
      const spki = createPublicKey(SIGNING_KEY).export({ type: 'spki', format: 'pem' }).toString();
      const own = { pem: SIGNING_KEY };
      const stranger = { pem: STRANGER };
      const forgeries: Record<string, string> = {
        'HS256 with the public key as its secret': forged(
          token,
          { alg: 'HS256', typ: 'at+jwt' },
          { secret: spki },
        ),
        'HS256 with the public key and its kid': forged(
          token,
          { ...header, alg: 'HS256' },
          { secret: spki },
        ),
        'alg none': `${encode({ ...header, alg: 'none' })}.${token.split('.')[1]}.`,
        'no kid': forged(token, { ...header, kid: undefined }, own),
        'the kid of another key of ours': forged(
          token,
          { ...header, kid: publishedKey(OTHER_KEY).kid },
          own,
        ),
        'the kid and the alg of another key of ours': forged(
          token,
          {
            ...header,
            kid: publishedKey(OTHER_KEY).kid,
            alg: publishedKey(OTHER_KEY).alg,
          },
          own,
        ),
        'the kid of an unknown key': forged(
          token,
          { ...header, kid: publishedKey(STRANGER).kid },
          stranger,
        ),
        'our kid with an unknown key': forged(token, header, stranger),
        'a path as kid': forged(token, { ...header, kid: '/dev/null' }, own),
        'a jwk': forged(token, { ...header, jwk: publishedKey(STRANGER) }, stranger),
        'a jku': forged(token, { ...header, jku: 'https://evil.example/jwks.json' }, own),
        'an x5c': forged(token, { ...header, x5c: ['AAAA'] }, own),
        'an x5u': forged(token, { ...header, x5u: 'https://evil.example/chain.pem' }, own),
      };
      for (const [name, forgery] of Object.entries(forgeries)) {
        for (const route of GUARDED_ROUTES) {
          const { status } = await present(client, route, forgery);
          expect([name, route.path, status]).toEqual([name, route.path, 401]);
        }
      }
      expect(await client.accepts(token)).toBe(true);
    });

    it('and in header and body they are one token if their jti is', async () => {
      const { token, ...account } = await client.newSession();
      // One record, signed again.
      const [one, other] = await atOnce(2, async () =>
        String((await renew(client, token)).body.token),
      );
      if (alg === 'ES256') expect(one).not.toBe(other);
      const both = (bearer: string, inBody: string, path = '/validate_token') =>
        client.post(path, { bearer, json: { token: inBody } });
      expect((await both(one!, other!)).status).toBe(200);
      expect((await both(one!, other!, '/renew_token')).status).toBe(200);
      const login = await client.login(account);
      for (const [bearer, inBody] of [
        [one!, login],
        [one!, 'x'],
        [one!, `${other!}x`],
        ['x', one!],
        [one!, forged(one!, header, { pem: STRANGER })],
      ] as const) {
        const { status, body } = await both(bearer, inBody);
        expect([status, body.type]).toEqual([400, '/problems/several-credentials']);
      }
      expect((await both(one!, other!, '/logout')).status).toBe(200);
      expect((await both(one!, other!)).status).toBe(401);
    });
  });

  describeOnEachBackend('are used once in single-use mode', (start) => {
    it('and the body has the very token that X-Next-Token has', async () => {
      const { client } = await start({ SIGNING_KEY, TOKEN_SINGLE_USE: 'true' });
      let { token, username } = await client.newSession();
      const asks = [
        () => client.get('/user', { bearer: token }),
        () => client.post('/validate_token', { json: { token } }),
        () => client.post('/renew_token', { bearer: token }),
        () => client.get('/api/token', { basic: `${token}:` }),
        () =>
          client.put('/user', { bearer: token, json: { username: (username = `${username}x`) } }),
      ];
      for (const ask of asks) {
        const { status, headers, body } = await ask();
        expect([status, body.token]).toEqual([200, headers.get('x-next-token')]);
        expect((await client.get('/user', { bearer: token })).status).toBe(401);
        token = String(body.token);
      }
      await logOut(client, token);
    });
  });
});
