import { createRemoteJWKSet, jwtVerify } from 'jose';
import { newPrivateKey } from '../../src/config/new-keys.js';
import { Server } from '../support/server.js';
import { publishedKey, publishedSet } from '../support/token-keys.js';
import { TEST_KEY } from '../support/tokens.js';

const PATH = '/.well-known/jwks.json';
const ORIGIN = 'https://app.example.com';

const EC = newPrivateKey('ES256');
const RSA = newPrivateKey('RS256');
const NEXT = newPrivateKey('ES256');

describe('The published keys', () => {
  it('are the public parts of the signing key and PUBLISHED_KEYS, each once', async () => {
    const PUBLISHED_KEYS = publishedSet(NEXT, EC, RSA);
    const { client } = await Server.start({ SIGNING_KEY: EC, PUBLISHED_KEYS, JWT_KEY: TEST_KEY });
    const { status, headers, body } = await client.get(PATH);
    expect(status).toBe(200);
    expect(body).toEqual({ keys: [EC, NEXT, RSA].map(publishedKey) });
    expect(Object.keys(body.keys[0] as object).sort()).toEqual(
      ['kty', 'crv', 'x', 'y', 'use', 'alg', 'kid'].sort(),
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': expect.any(String),
    });
    const head = await client.request('HEAD', PATH);
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('cache-control')).toBe('public, max-age=300');
  });

  it('are none while JWT_KEY signs, which is never shown', async () => {
    const { client } = await Server.start({ JWT_KEY: TEST_KEY });
    expect((await client.get(PATH)).body).toEqual({ keys: [] });
  });

  it.each([
    ['no CORS_ORIGINS', {}],
    ['other origins in CORS_ORIGINS', { CORS_ORIGINS: 'https://other.example.com' }],
    ['the origin in CORS_ORIGINS', { CORS_ORIGINS: ORIGIN }],
  ])('are read by pages of every origin, with %s', async (_, variables) => {
    const { client } = await Server.start(variables);
    const { status, headers } = await client.get(PATH, { headers: { origin: ORIGIN } });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    const preflight = await client.request('OPTIONS', PATH, {
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'x-request-id',
      },
    });
    expect([preflight.status, preflight.text]).toEqual([204, '']);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': '*',
    });
    const elsewhere = await client.get('/user', { headers: { origin: ORIGIN } });
    expect(elsewhere.headers.get('access-control-allow-origin')).not.toBe('*');
  });

  it('answer no other method', async () => {
    const { client } = await Server.start();
    const { status, headers } = await client.post(PATH);
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['ES256', EC],
    ['RS256', RSA],
  ])('verify tokens of %s elsewhere (jose)', async (alg, SIGNING_KEY) => {
    const PUBLISHED_KEYS = publishedSet(NEXT);
    const { client, url } = await Server.start({ SIGNING_KEY, PUBLISHED_KEYS });
    const { token, id } = await client.newSession();
    const keySet = createRemoteJWKSet(new URL(`${url}${PATH}`));
    const options = { issuer: url, audience: url, typ: 'at+jwt' };
    const { payload, protectedHeader } = await jwtVerify(token, keySet, options);
    expect(payload.sub).toBe(String(id));
    expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: publishedKey(SIGNING_KEY).kid });
    const altered = token.replace(/.{8}$/, 'AAAAAAAA');
    await expect(jwtVerify(altered, keySet, options)).rejects.toThrow(/signature/);
  });
});
