import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { uniqueName, type Client } from '../support/client.js';
import { Server, temporaryDirectory } from '../support/server.js';

const EXAMPLE = resolve(__dirname, '../../.env.example');

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://auth.example.com',
  JWT_KEY: randomBytes(48).toString('base64'),
};

/** The lines of a start that was refused. */
async function refusal(variables: Record<string, string>, directory?: string): Promise<string[]> {
  const { code, output } = await Server.startAndEnd(variables, directory);
  expect(code).toBeGreaterThan(0);
  return output.trimEnd().split('\n');
}

describe('In production the service refuses to start', () => {
  it('without a key and a public address, and tells of both beside every other fault (S80)', async () => {
    const lines = await refusal({ NODE_ENV: 'production', TOKEN_TTL: 'x' });
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual([
      'JWT_KEY',
      'PUBLIC_URL',
      'TOKEN_TTL',
    ]);
  });

  it('with a key that is weak or published, which it does not print (S34, S80)', async () => {
    const keys = [
      randomBytes(48).toString('base64').slice(0, 31),
      '01'.repeat(32),
      'password'.repeat(8),
      'a-string-secret-at-least-256-bits-long',
      'YOUR-256-BIT-SECRET-YOUR-256-BIT-SECRET',
    ];
    const refusals = await Promise.all(keys.map((key) => refusal({ ...PRODUCTION, JWT_KEY: key })));
    for (const lines of refusals) expect(lines).toEqual([expect.stringMatching(/^JWT_KEY /)]);
    for (const key of keys) expect(refusals.join()).not.toContain(key);
  });

  it('with a key that repeats itself but once', async () => {
    const lines = await refusal({ ...PRODUCTION, JWT_KEY: '0123456789abcdef'.repeat(2) });
    expect(lines).toEqual([expect.stringMatching(/^JWT_KEY /)]);
  });

  it('with the values of .env.example (S80)', async () => {
    const directory = temporaryDirectory();
    // The values are behind a #, so that a copy of the file changes nothing.
    const values = readFileSync(EXAMPLE, 'utf8').replaceAll(/^#(?=[A-Z_]+=)(?!NODE_EXTRA)/gm, '');
    writeFileSync(join(directory, '.env'), values);
    const { NODE_ENV, PUBLIC_URL } = PRODUCTION;
    const lines = await refusal({ NODE_ENV, PUBLIC_URL }, directory);
    expect(lines).toEqual([
      'JWT_KEY is published: make your own',
      'JWT_PREVIOUS_KEYS (key 1) must have at least 32 bytes',
      'DATA_KEY is published: make your own',
      'DATA_PREVIOUS_KEYS (key 1) must have at least 32 bytes',
      expect.stringMatching(/^SIGNING_KEY must be a private key in PEM/),
      'PUBLISHED_KEYS must be JSON: {"keys":[…]}',
      'MAIL_TEMPLATES names a folder that cannot be read: it does not exist',
      'REDIS_URL, REDIS_HOST, REDIS_CLUSTER_NODES and REDIS_SENTINELS: set one of them',
      'REDIS_USERNAME cannot be with REDIS_URL: write it into the URL',
      'REDIS_PASSWORD cannot be with REDIS_URL: write it into the URL',
    ]);
  });
});

describe('In production', () => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await Server.start(PRODUCTION));
  });

  it('passwords have at least 8 characters (S1)', async () => {
    const register = (password: string) =>
      client.post('/user', { json: { username: uniqueName(), password } });
    expect((await register('zq7-xwv')).status).toBe(400);
    expect((await register('zq7-xwvk')).status).toBe(201);
  });

  it('a new password needs the current one (S9)', async () => {
    const { token, password } = await client.newSession({ password: 'tangerine-vault' });
    const change = { password: 'another-tangerine-vault' };
    const { status, body } = await client.put('/user', { bearer: token, json: change });
    expect([status, body.errors[0].field]).toEqual([400, 'current_password']);
    const json = { ...change, current_password: password };
    expect((await client.put('/user', { bearer: token, json })).status).toBe(200);
  });

  it('profiles are not public', async () => {
    const { id, token } = await client.newSession({ password: 'tangerine-vault' });
    expect((await client.get(`/api/users/${id}`)).status).toBe(401);
    expect((await client.get(`/api/users/${id}`, { bearer: token })).status).toBe(200);
  });

  it.each(['/docs', '/docs-json', '/docs-yaml', '/metrics'])(
    'there is no %s (S81)',
    async (path) => {
      expect((await client.get(path)).status).toBe(404);
    },
  );

  it('the public address is the base of Location', async () => {
    const json = { username: uniqueName(), password: 'tangerine-vault' };
    const { headers } = await client.post('/api/users', { json });
    expect(headers.get('location')).toMatch(/^https:\/\/auth\.example\.com\/api\/users\/\d+$/);
  });
});

it('In production the strict defaults can be loosened one by one', async () => {
  const { client } = await Server.start({
    ...PRODUCTION,
    HOST: '0.0.0.0',
    SWAGGER: 'true',
    METRICS: 'true',
    PUBLIC_PROFILES: 'true',
    PASSWORD_MIN_LENGTH: '6',
    PASSWORD_CHANGE_REQUIRES_CURRENT: 'false',
  });
  expect((await client.get('/docs-json')).status).toBe(200);
  expect((await client.get('/metrics')).status).toBe(200);
  const { id, token } = await client.newSession({ password: 'zq7-xw' });
  expect((await client.get(`/api/users/${id}`)).status).toBe(200);
  const json = { password: 'wx-7qz' };
  expect((await client.put('/user', { bearer: token, json })).status).toBe(200);
});
