import { execFile, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { gatehouseJson } from '../support/cli.js';
import { Server, temporaryDirectory } from '../support/server.js';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '../..');

/** What a program reports; its own spec says what must be in it. */
type Report = Record<string, Record<string, unknown>>;

const newSigningKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

let server: Server;
let environment: Record<string, string>;

async function newClient(...options: string[]): Promise<Record<string, string>> {
  const name = `program-${Math.random().toString(36).slice(2)}`;
  const [client] = await gatehouseJson<{ client_id: string; client_secret: string }>(server, [
    'clients',
    'create',
    name,
    ...options,
  ]);
  return { CLIENT_ID: client!.client_id, CLIENT_SECRET: client!.client_secret };
}

beforeAll(async () => {
  execFileSync('node', ['scripts/relying-programs.mjs'], { cwd: ROOT });
  server = await Server.start({ SIGNING_KEY: newSigningKey() });
  const { token } = await server.client.newSession({ username: 'juliet' });
  environment = {
    PATH: process.env.PATH ?? '',
    ISSUER: server.url,
    USER_TOKEN: token,
    ...(await newClient('--scope', 'orders:read', '--scope', 'orders:write', '--introspect')),
  };
});

/** Runs a program of this folder; what it reports. */
async function reportOf(command: string, ...args: string[]): Promise<Report> {
  const { stdout } = await run(command, args, { cwd: __dirname, env: environment });
  return JSON.parse(stdout) as Report;
}

const GRANTED = { token_type: 'bearer', expires_in: 2100 };
const ALL_SCOPES = 'orders:read orders:write';

describe('oauth4webapi', () => {
  it('finds the endpoints, and gets, verifies, asks about and revokes a token', async () => {
    const seen = await reportOf('node', 'oauth4webapi.mjs');
    const { CLIENT_ID } = environment;
    expect(seen).toMatchObject({
      granted: { ...GRANTED, scope: ALL_SCOPES },
      posted: { ...GRANTED, scope: 'orders:read' },
      active: { active: true, client_id: CLIENT_ID, sub: CLIENT_ID, scope: ALL_SCOPES },
      claims: { client_id: CLIENT_ID, sub: CLIENT_ID, scope: ALL_SCOPES },
      user: { active: true, username: 'juliet', client_id: 'gatehouse' },
      userClaims: { sub: '1', client_id: 'gatehouse' },
      wrongSecret: { status: 401 },
      wrongSecretPosted: { status: 400, error: 'invalid_client' },
      wrongScope: { status: 400, error: 'invalid_scope' },
    });
    expect(seen.afterRevocation).toEqual({ active: false });
  });
});

describe('openid-client', () => {
  it('finds the endpoints, and gets, asks about and revokes a token', async () => {
    const seen = await reportOf('node', 'openid-client.mjs');
    expect(seen).toMatchObject({
      granted: { ...GRANTED, scope: 'orders:read' },
      posted: { ...GRANTED, scope: ALL_SCOPES },
      active: { active: true, scope: 'orders:read' },
      user: { active: true, username: 'juliet' },
    });
    expect(seen.afterRevocation).toEqual({ active: false });
  });
});

describe('simple-oauth2', () => {
  it('gets a token and revokes it, with its credentials in the header or in the body', async () => {
    expect(await reportOf('node', 'simple-oauth2.mjs')).toMatchObject({
      inHeader: { token_type: 'Bearer', scope: 'orders:read' },
      inBody: { token_type: 'Bearer', scope: 'orders:read' },
    });
  });
});

describe('express-oauth2-jwt-bearer', () => {
  it('guards an API by the key set that it finds', async () => {
    const { CLIENT_ID = '', CLIENT_SECRET = '' } = environment;
    const answer = await server.client.post('/oauth/token', {
      basic: `${CLIENT_ID}:${CLIENT_SECRET}`,
      body: new URLSearchParams({ grant_type: 'client_credentials' }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    environment.CLIENT_TOKEN = String(answer.body.access_token);
    expect(await reportOf('node', 'express-oauth2-jwt-bearer.mjs')).toMatchObject({
      user: { status: 200 },
      forged: { status: 401 },
      userWithoutScope: { status: 403 },
      clientWithScope: { status: 200 },
    });
  });
});

describe('passport-jwt with jwks-rsa', () => {
  it('guards an API by the key set', async () => {
    const seen = await reportOf('node', 'passport-jwt.mjs');
    expect(seen).toMatchObject({ user: { status: 200 }, forged: { status: 401 } });
    expect(JSON.parse(String(seen.user?.body))).toMatchObject({ sub: '1' });
  });
});

describe("jose's remote key set", () => {
  it('verifies tokens before and after the signing key was replaced', async () => {
    const [before, after] = [newSigningKey(), newSigningKey()];
    const directory = temporaryDirectory();
    const first = await Server.start({ SIGNING_KEY: before }, directory);
    const program = spawn('node', ['jose.mjs'], {
      cwd: __dirname,
      env: { PATH: process.env.PATH, ISSUER: first.url },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
    const verify = async (token: string) => {
      program.stdin.write(`${token}\n`);
      return JSON.parse(String((await answers.next()).value)) as Record<string, object>;
    };

    const { token, ...account } = await first.client.newSession();
    const verified = await verify(token);
    expect(verified).toMatchObject({ payload: { sub: '1' }, protectedHeader: { alg: 'ES256' } });

    const previous = await gatehouseJson(first, ['key', 'publish'], before);
    const second = await first.restart({
      SIGNING_KEY: after,
      PUBLISHED_KEYS: JSON.stringify({ keys: previous }),
    });
    const freshVerified = await verify(await second.client.login(account));
    expect(freshVerified).toMatchObject({ payload: { sub: '1' } });
    expect(freshVerified.protectedHeader).not.toEqual(verified.protectedHeader);
    expect(await verify(token)).toMatchObject({ payload: { sub: '1' } });
    expect(await verify(`${token.slice(0, -10)}AAAAAAAAAA`)).toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });

    program.stdin.end();
    await once(program, 'exit');
  });
});

describe('Authlib', () => {
  it('gets, asks about and revokes a token, with its credentials in either place', async () => {
    const seen = await reportOf('/usr/bin/python3', 'authlib_client.py');
    for (const place of [seen.basic, seen.post]) {
      expect(place).toMatchObject({
        granted: { scope: 'orders:read' },
        active: { active: true, scope: 'orders:read' },
        user: { active: true, username: 'juliet' },
        revoked: 200,
      });
      expect(place?.afterRevocation).toEqual({ active: false });
    }
  });
});

describe('requests-oauthlib', () => {
  it('gets a token, with its credentials in either place, and uses it', async () => {
    expect(await reportOf('/usr/bin/python3', 'requests_oauthlib_client.py')).toMatchObject({
      basic: { token_type: 'Bearer' },
      post: { token_type: 'Bearer' },
      validated: 200,
    });
  });
});

describe('PyJWT', () => {
  it('verifies a token by the key set', async () => {
    expect(await reportOf('/usr/bin/python3', 'pyjwt_api.py')).toMatchObject({
      user: { sub: '1', client_id: 'gatehouse' },
      forged: { error: 'InvalidSignatureError' },
    });
  });
});

describe("Go's x/oauth2", () => {
  it('gets a token in each of its styles, and uses it', async () => {
    const folder = temporaryDirectory();
    const program = join(folder, 'program');
    await run('go', ['build', '-o', program, join(__dirname, 'go/main.go')], {
      env: {
        PATH: process.env.PATH,
        GO111MODULE: 'off',
        GOPATH: '/usr/share/gocode',
        GOCACHE: join(folder, 'cache'),
        GOFLAGS: '-mod=mod',
      },
    });
    const seen = await reportOf(program);
    for (const style of ['detected', 'header', 'body']) {
      expect(seen[style]).toMatchObject({ token: { token_type: 'Bearer' }, status: 200 });
    }
  });
});
