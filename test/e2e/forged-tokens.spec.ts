import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeOnEachDatabase } from '../support/backends.js';
import { claimsOf, type Client } from '../support/client.js';
import {
  forge,
  GUARDED_ROUTES,
  logOut,
  nowSeconds,
  present,
  TEST_KEY,
  type Forgery,
} from '../support/tokens.js';

const OTHER_KEY = 'Zw7eK1uXo5RbM9yTj3LcNq8GsVf2Hd6P';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What an attacker does who has a genuine token, and in many cases even the key. */
const forgeries: Record<string, (genuine: string) => string> = {};

for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
  forgeries[`alg ${alg} and no signature`] = (genuine) =>
    `${encoded({ alg, typ: 'at+jwt' })}.${genuine.split('.')[1]}.`;
  forgeries[`alg ${alg} and a signature`] = signedWith({ header: { alg } });
}

Object.assign(forgeries, {
  'HS512 and the same key': signedWith({ header: { alg: 'HS512' }, hash: 'sha512' }),
  'HS384 and the same key': signedWith({ header: { alg: 'HS384' }, hash: 'sha384' }),
  'an alg that is not the one of its signature': signedWith({ header: { alg: 'RS256' } }),
  'no alg': signedWith({ header: { alg: undefined } }),
  'another key': signedWith({ key: OTHER_KEY }),
  'an empty key': signedWith({ key: '' }),
  'another issuer': signedWith({ claims: { iss: 'https://evil.example' } }),
  'no issuer': signedWith({ claims: { iss: undefined } }),
  'another audience': signedWith({ claims: { aud: 'https://evil.example' } }),
  'no audience': signedWith({ claims: { aud: undefined } }),
  'the type JWT': signedWith({ header: { typ: 'JWT' } }),
  'another type': signedWith({ header: { typ: 'rt+jwt' } }),
  'no type': signedWith({ header: { typ: undefined } }),
  'an nbf to come (S35)': signedWith({ claims: { nbf: nowSeconds() + 600 } }),
  'no exp': signedWith({ claims: { exp: undefined } }),
  'an exp that is text': signedWith({ claims: { exp: '99999999999' } }),
  'no jti': signedWith({ claims: { jti: undefined } }),
  'an empty jti': signedWith({ claims: { jti: '' } }),
  'a jti that was never issued': signedWith({ claims: { jti: 'AAAAAAAAAAAAAAAAAAAAAA' } }),
  'no sid': signedWith({ claims: { sid: undefined } }),
  'no sub': signedWith({ claims: { sub: undefined } }),
  'an unknown crit': signedWith({ header: { crit: ['level'], level: 9 } }),
  'an empty crit': signedWith({ header: { crit: [] } }),
  'b64 false': signedWith({ header: { b64: false, crit: ['b64'] } }),
  'b64 false that is not critical': signedWith({ header: { b64: false } }),
  'a jku': signedWith({ header: { jku: 'https://evil.example/keys' } }),
  'an x5u': signedWith({ header: { x5u: 'https://evil.example/keys' } }),
  'a key of its own in jwk': signedWith({
    header: { jwk: { kty: 'oct', k: Buffer.from(OTHER_KEY).toString('base64url') } },
    key: OTHER_KEY,
  }),
  'a kid of a file': signedWith({ header: { kid: '/dev/null' } }),
  'a kid of a statement': signedWith({ header: { kid: "x' UNION SELECT 'key" } }),
  'a certificate of its own': signedWith({ header: { x5c: ['AAAA'] } }),
  'a kid that names another key': signedWith({ header: { kid: '/dev/null' }, key: '' }),
  'the exp of this very second': (genuine: string) =>
    forge(genuine, { claims: { exp: nowSeconds() } }),
  'another user in its payload': tampered({ sub: '2' }),
  'a later exp in its payload': tampered({ exp: 99_999_999_999 }),
  'the signature of another token': (genuine: string) =>
    withSignature(genuine, forge(genuine, { claims: { exp: 1 } }).split('.')[2] ?? ''),
  'no signature': (genuine: string) => withSignature(genuine, ''),
  'half a signature': (genuine: string) =>
    withSignature(genuine, (genuine.split('.')[2] ?? '').slice(0, 21)),
  'two parts': (genuine: string) => genuine.split('.').slice(0, 2).join('.'),
  'four parts': (genuine: string) => `${genuine}.${genuine.split('.')[2]}`,
});

function signedWith(forgery: Forgery) {
  return (genuine: string): string => forge(genuine, forgery);
}

function tampered(claims: Record<string, unknown>) {
  return (genuine: string): string => {
    const [header, , signature] = genuine.split('.');
    return `${header}.${encoded({ ...claimsOf(genuine), ...claims })}.${signature}`;
  };
}

function withSignature(genuine: string, signature: string): string {
  return `${genuine.split('.').slice(0, 2).join('.')}.${signature}`;
}

/** The genuine token with claims said twice, signed again. */
function saidTwice(genuine: string, first: object, last: object): string {
  const text = [first, claimsOf(genuine), last].map((claims) =>
    JSON.stringify(claims).slice(1, -1),
  );
  const payload = Buffer.from(`{${text.join()}}`).toString('base64url');
  const signed = `${genuine.split('.')[0]}.${payload}`;
  return `${signed}.${createHmac('sha256', TEST_KEY).update(signed).digest('base64url')}`;
}

/** The same token to a lenient reader, to whom a list of revoked texts is no obstacle. */
const spellings: Record<string, (genuine: string) => string> = {
  'padding at its end': (genuine) => `${genuine}=`,
  'more padding at its end': (genuine) => `${genuine}==`,
  'a dot at its end': (genuine) => `${genuine}.`,
  'spare bits set in its last character': (genuine) =>
    genuine.slice(0, -1) + neighbour(genuine.at(-1) ?? ''),
  'padding after its payload': (genuine) => genuine.replace(/\.([^.]*)$/, '=.$1'),
  'the alphabet of plain base64': (genuine) => genuine.replaceAll('-', '+').replaceAll('_', '/'),
  'one claim more, signed again': (genuine) => forge(genuine, { claims: { note: 'the same' } }),
  'a longer name of its type, signed again': (genuine) =>
    forge(genuine, { header: { typ: 'application/at+jwt' } }),
};

/** The character whose leading four bits are the same: an HS256 signature does not use the others. */
function neighbour(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(character) ^ 1] ?? '';
}

describeOnEachDatabase('Forged tokens', (start) => {
  // Profiles are guarded too here; and no route takes a token that has expired.
  const variables = { JWT_KEY: TEST_KEY, PUBLIC_PROFILES: 'false', TOKEN_RENEW_GRACE: '0' };
  const routes = [
    ...GUARDED_ROUTES,
    { method: 'GET', path: '/api/users/1', carrier: 'bearer' as const },
    { method: 'GET', path: '/api/users/1', carrier: 'basic' as const },
  ];
  let client: Client;
  let token: string;

  /** What the routes answer that do not refuse the token. */
  async function acceptingRoutes(forged: string): Promise<string[]> {
    const accepting: string[] = [];
    for (const route of routes) {
      const { status, headers } = await present(client, route, forged);
      const wanted = route.carrier === 'basic' ? /Basic realm=/ : /Bearer .*error="invalid_token"/;
      const isRefused = status === 401 && wanted.test(headers.get('www-authenticate') ?? '');
      if (!isRefused)
        accepting.push(`${route.method} ${route.path} in ${route.carrier}: ${status}`);
    }
    return accepting;
  }

  beforeAll(async () => {
    ({ client } = await start(variables));
    await client.register();
  });

  it('have no key fetched from where they say it is (S33)', async () => {
    let connections = 0;
    const elsewhere = createServer().on('connection', () => (connections += 1));
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/keys`;
    for (const header of [{ jku: url }, { x5u: url }, { jku: url, kid: url }]) {
      expect(await client.accepts(forge(token, { header, key: OTHER_KEY }))).toBe(false);
      expect(await client.accepts(forge(token, { header }))).toBe(false);
    }
    // It would be there.
    await fetch(url, { signal: AbortSignal.timeout(200) }).catch(() => undefined);
    expect(connections).toBe(1);
    elsewhere.close();
    elsewhere.closeAllConnections();
  });

  it('have the last of two claims of one name (S40)', async () => {
    const { jti } = claimsOf(token);
    expect(await client.accepts(saidTwice(token, { jti: 'another' }, { jti }))).toBe(true);
    expect(await client.accepts(saidTwice(token, { jti }, { jti: 'another' }))).toBe(false);
    expect(await client.accepts(saidTwice(token, {}, { exp: 1 }))).toBe(false);
  });

  beforeEach(async () => {
    ({ token } = await client.newSession());
  });

  it('are told apart by their fault alone: one without any is accepted', async () => {
    expect(forge(token).split('.')[0]).toBe(token.split('.')[0]);
    expect(await client.accepts(forge(token))).toBe(true);
  });

  it.each(Object.keys(forgeries))(
    'are refused by every route: %s (S31, S32, S33, S36, S37, S39)',
    async (name) => {
      const forged = forgeries[name]?.(token) ?? '';
      expect(forged).not.toBe(token);
      expect(await acceptingRoutes(forged)).toEqual([]);
      // Nor do they do the genuine one any harm.
      expect(await client.accepts(token)).toBe(true);
    },
  );

  it.each(['secret', 'your-256-bit-secret', 'changeme', 'key', 'password', 'jwt', 'null', '0'])(
    'are refused if a guess at the key signed them: %s (S34)',
    async (key) => {
      expect(await client.accepts(forge(token, { key }))).toBe(false);
    },
  );

  it.each(Object.keys(spellings))(
    'do not revive a session that was ended: %s (S41)',
    async (name) => {
      await logOut(client, token);
      expect(await acceptingRoutes(spellings[name]?.(token) ?? '')).toEqual([]);
    },
  );

  it('do not revive a session that was ended: white space around and in the token (S41)', async () => {
    await logOut(client, token);
    const [header = '', payload = '', signature = ''] = token.split('.');
    for (const spelling of [
      ...[` ${token}`, `${token} `, `${token}\n`, `\t${token}`, `"${token}"`],
      ...[`${header} .${payload}.${signature}`, `${header}.${payload}.\n${signature}`],
      `${header}.${payload.slice(0, 9)} ${payload.slice(9)}.${signature}`,
      `${header}.${payload}.${signature.slice(0, 9)}\r\n${signature.slice(9)}`,
    ]) {
      for (const path of ['/validate_token', '/renew_token', '/logout']) {
        expect((await client.post(path, { json: { token: spelling } })).status).toBe(401);
      }
    }
  });

  it('would be accepted by these routes if they were genuine', async () => {
    for (const route of routes) {
      const { token: genuine } = await client.newSession();
      const { status } = await present(client, route, genuine);
      const expected = route.path === '/user/sessions/any' ? 404 : 200;
      expect([route.method, route.path, status]).toEqual([route.method, route.path, expected]);
    }
  });
});
