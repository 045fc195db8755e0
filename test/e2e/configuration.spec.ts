import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { gatehouse } from '../support/cli.js';
import { claimsOf, type Client } from '../support/client.js';
import { Server, temporaryDirectory } from '../support/server.js';
import { TEST_KEY } from '../support/tokens.js';

/** In no output of the service, wherever it was configured. */
const CANARY = 'canary-9f2c';

/** The lines of a start that was refused. */
async function refusal(variables: Record<string, string>, directory?: string): Promise<string[]> {
  const { code, output } = await Server.startAndEnd(variables, directory);
  expect(code).toBeGreaterThan(0);
  expect(output).not.toContain(CANARY);
  return output.trimEnd().split('\n');
}

describe('A wrong configuration', () => {
  const wrong: Record<string, string> = {
    NODE_ENV: 'staging',
    HOST: 'local host',
    PORT: '65536',
    ALLOW_INSECURE_HOST: 'yes',
    PUBLIC_URL: `ftp://${CANARY}.example.com`,
    DATABASE_URL: `oracle://root:${CANARY}@localhost/gatehouse`,
    JWT_KEY: CANARY,
    JWT_PREVIOUS_KEYS: `${CANARY},${CANARY}`,
    SIGNING_KEY: CANARY,
    PUBLISHED_KEYS: `{"keys":[{"kty":"${CANARY}"}]}`,
    TOKEN_TTL: '35m',
    TOKEN_RENEW_GRACE: '-1',
    TOKEN_REUSE_INTERVAL: '1.5',
    SESSION_MAX_AGE: '0',
    TOKEN_SINGLE_USE: '1',
    MAX_SESSIONS: '0',
    PASSWORD_HASH: 'md5',
    PASSWORD_MIN_LENGTH: '0',
    PASSWORD_BLOCKLIST: 'zxcvbn',
    PASSWORD_CHANGE_REQUIRES_CURRENT: 'TRUE',
    PUBLIC_PROFILES: 'no',
    LOGIN_MAX_FAILURES: 'ten',
    LOGIN_WINDOW: '0',
    ADDRESS_MAX_FAILURES: '-1',
    ACCOUNT_MAX_FAILURES: '1e3',
    ACCOUNT_WINDOW: '9999999',
    REGISTRATIONS_PER_HOUR: 'off',
    TRUST_PROXY: 'nginx',
    CORS_ORIGINS: 'https://app.example.com,*',
    AUDIT_RETENTION_DAYS: '0x10',
    ACCOUNT_PAGE: '/me',
    SWAGGER: 'on',
    METRICS: '1',
    LOG_LEVEL: 'loud',
  };

  it('ends the process with one line for each fault', async () => {
    const names = (await refusal(wrong)).map((line) => /^[A-Z_]+(?= \S)/.exec(line)?.[0]);
    expect(names.sort()).toEqual(Object.keys(wrong).sort());
  });

  it.each([
    { PUBLIC_URL: 'auth.example.com', PORT: '3000 ', TOKEN_TTL: '9'.repeat(20), HOST: '::' },
    { PUBLIC_URL: `https://user:${CANARY}@auth.example.com`, JWT_KEY: CANARY.padEnd(31, '.') },
    { PUBLIC_URL: 'https://auth.example.com/?a=b', HOST: '192.0.2.1', TRUST_PROXY: '-1' },
  ])('is every fault of %j', async (variables) => {
    const names = (await refusal(variables)).map((line) => line.split(' ')[0]);
    expect(names.sort()).toEqual(Object.keys(variables).sort());
  });

  it('is a fault in the .env file too, and so is serving other machines without saying so (S24)', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '.env'), `JWT_KEY=${CANARY}\nTOKEN_TTL=soon\n`);
    const lines = await refusal({ HOST: '0.0.0.0' }, directory);
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^HOST .*NODE_ENV=production.*ALLOW_INSECURE_HOST=true/),
      expect.stringMatching(/^JWT_KEY /),
      expect.stringMatching(/^TOKEN_TTL /),
    ]);
  });

  it.each([
    [
      'not text',
      Buffer.from('NODE_ENV=production\n', 'utf16le'),
      /^The file \.env cannot be read: /,
    ],
    [
      'read in several ways',
      `JWT_KEY=${CANARY}#${CANARY}\n`,
      /^JWT_KEY in line 1 of the file \.env /,
    ],
    ['no assignment', `NODE_ENV: production\n`, /^In line 1 of the file \.env /],
  ])('is a .env file that is %s', async (_, content, fault) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '.env'), content);
    expect(await refusal({}, directory)).toEqual([expect.stringMatching(fault)]);
  });

  it('is a .env that is a directory, or a link that leads to no file', async () => {
    const [directory, other] = [temporaryDirectory(), temporaryDirectory()];
    mkdirSync(join(directory, '.env'));
    symlinkSync(join(other, 'nowhere'), join(other, '.env'));
    expect(await refusal({}, directory)).toEqual([
      'The file .env cannot be read: it is a directory',
    ]);
    expect(await refusal({}, other)).toEqual(['The file .env cannot be read: it does not exist']);
  });

  it('is a secret in a file that is missing, or that is given twice', async () => {
    const variables = { NODE_ENV: 'production', PUBLIC_URL: 'https://auth.example.com' };
    const file = join(temporaryDirectory(), CANARY);
    expect(await refusal({ ...variables, JWT_KEY_FILE: file })).toEqual([
      'JWT_KEY_FILE names a file that cannot be used: it does not exist',
    ]);
    const twice = { JWT_KEY: TEST_KEY, JWT_KEY_FILE: file };
    expect(await refusal({ ...variables, ...twice })).toEqual([
      'JWT_KEY and JWT_KEY_FILE: set one of them',
    ]);
  });

  it('is a port that somebody else listens on', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const lines = await refusal({ PORT: String(port) });
    other.close();
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^PORT .*EADDRINUSE.*\\b${port}\\b`))]);
  });
});

describe('A start that cannot succeed is one line, and the same for the command line:', () => {
  const file = (...path: string[]) => writeFileSync(join(...path), 'no database, and no folder');
  const asItIs = () => undefined;

  it.each<[string, Record<string, string>, RegExp, (folder: string) => void]>([
    [
      'a SQLite file below a file',
      { DATABASE_URL: 'sqlite:/dev/null/x' },
      /^DATABASE_URL: /,
      asItIs,
    ],
    ['a folder no one can make', { DATABASE_URL: 'sqlite:/proc/x/y/z' }, /^DATABASE_URL: /, asItIs],
    ['a folder for SQLite', { DATABASE_URL: 'sqlite:.' }, /^DATABASE_URL: .* directory/, asItIs],
    [
      'a file that is no database',
      { DATABASE_URL: 'sqlite:x' },
      /^DATABASE_URL names a file that is no SQLite database$/,
      (folder) => file(folder, 'x'),
    ],
    [
      'data that is no folder',
      {},
      /jwt\.key cannot be made .*JWT_KEY$/,
      (folder) => file(folder, 'data'),
    ],
    [
      'a key that is a folder',
      {},
      /jwt\.key cannot be used .*JWT_KEY$/,
      (folder) => mkdirSync(join(folder, 'data', 'jwt.key'), { recursive: true }),
    ],
    ['a path in the URL of Redis', { REDIS_URL: 'redis://a/b' }, /^REDIS_URL must be /, asItIs],
    ['a port in the name of Redis', { REDIS_HOST: 'a:6379' }, /^REDIS_HOST must be /, asItIs],
  ])('%s', async (_, variables, fault, prepare) => {
    const directory = temporaryDirectory();
    prepare(directory);
    expect(await refusal(variables, directory)).toEqual([expect.stringMatching(fault)]);
    const { code, stdout, stderr } = await gatehouse({ directory, variables }, ['users', 'list']);
    expect([code, stdout, stderr.trimEnd()]).toEqual([3, '', expect.stringMatching(fault)]);
  });

  it.each([
    ['another machine', '192.0.2.1', /^HOST is no address of this machine \(EADDRNOTAVAIL at /],
    [
      'a name without an address',
      'gatehouse.invalid',
      /^HOST is a name .* \((ENOTFOUND|EAI_AGAIN) at /,
    ],
  ])('the address of %s', async (_, HOST, fault) => {
    const lines = await refusal({ HOST, ALLOW_INSECURE_HOST: 'true' });
    expect(lines).toEqual([expect.stringMatching(fault)]);
  });

  it('certificates that cannot be used', async () => {
    for (const NODE_EXTRA_CA_CERTS of ['/nowhere', '/dev/null']) {
      const lines = await refusal({ NODE_EXTRA_CA_CERTS });
      // Node itself warns of the file.
      expect(lines.filter((line) => !line.startsWith('Warning: '))).toEqual([
        expect.stringMatching(/^NODE_EXTRA_CA_CERTS names a file that cannot be used: it /),
      ]);
    }
  });
});

describe('A .env file', () => {
  const text = [
    'export NODE_ENV="production" # not development',
    "PUBLIC_URL='https://auth.example.com'",
    `JWT_KEY=${TEST_KEY}`,
    '',
  ];

  it.each([
    ['with a byte order mark', Buffer.from(`\ufeff${text.join('\n')}`)],
    ['in UTF-16', Buffer.from(`\ufeff${text.join('\r\n')}`, 'utf16le')],
    ['of Windows', text.join('\r\n')],
  ])('%s is read as what it says', async (_, content) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '.env'), content);
    const server = await Server.start({ NODE_ENV: '' }, directory);
    expect(server.output).toContain('https://auth.example.com');
    expect((await server.client.get('/docs')).status).toBe(404);
    expect(existsSync(join(directory, 'data', 'jwt.key'))).toBe(false);
    await server.stop();
  });
});

describe('A key', () => {
  it('is the same key in a file and in the environment, as JWT_KEY and as a previous one', async () => {
    const directory = temporaryDirectory();
    const key = `${TEST_KEY}#"'$\\ =\`ü`;
    const file = join(directory, 'key');
    writeFileSync(file, `${key}\n`);
    const first = await Server.start({ JWT_KEY: key }, directory);
    const { token } = await first.client.newSession();
    const inFile = await first.restart({ JWT_KEY: '', JWT_KEY_FILE: file });
    expect(await inFile.client.accepts(token)).toBe(true);
    const rotated = await inFile.restart({
      JWT_KEY: randomBytes(48).toString('base64'),
      ...{ JWT_KEY_FILE: '', JWT_PREVIOUS_KEYS_FILE: file },
    });
    expect(await rotated.client.accepts(token)).toBe(true);
  });
});

describe('The configuration', () => {
  const directory = temporaryDirectory();
  let client: Client;

  beforeAll(async () => {
    writeFileSync(join(directory, '.env'), 'TOKEN_TTL=1000\nPASSWORD_MIN_LENGTH="12"\n# PORT=1\n');
    const variables = {
      TOKEN_TTL: '777',
      JWT_KEY: '',
      HOST: '0.0.0.0',
      ALLOW_INSECURE_HOST: 'true',
      DATABASE_URL: 'sqlite:else/where.sqlite',
      SWAGGER: 'false',
    };
    ({ client } = await Server.start(variables, directory));
  });

  it('is read from the .env file', async () => {
    const json = { username: 'susan', password: 'eleven char' };
    expect((await client.post('/user', { json })).status).toBe(400);
    const longer = { username: 'susan', password: 'twelve chars' };
    expect((await client.post('/user', { json: longer })).status).toBe(201);
  });

  it('is what the real environment says, if that says otherwise', async () => {
    const { iat, exp } = claimsOf((await client.newSession()).token);
    expect(Number(exp) - Number(iat)).toBe(777);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(existsSync(join(directory, 'data', 'jwt.key'))).toBe(true);
  });

  it('lets other machines in with ALLOW_INSECURE_HOST=true', async () => {
    expect((await client.get('/health/ready')).status).toBe(200);
  });

  it('redirects no one from http to https (S24)', async () => {
    for (const path of ['/user', '/health/ready', '/nowhere']) {
      const { status, headers } = await client.get(path, {
        headers: { 'x-forwarded-proto': 'http', 'upgrade-insecure-requests': '1' },
      });
      expect([200, 401, 404]).toContain(status);
      expect(headers.has('location')).toBe(false);
    }
  });

  it('turns the documentation off with SWAGGER=false', async () => {
    for (const path of ['/docs', '/docs-json', '/docs-yaml']) {
      expect((await client.get(path)).status).toBe(404);
    }
  });

  it('keeps the data where DATABASE_URL says, for the owner alone', () => {
    expect(statSync(join(directory, 'else', 'where.sqlite')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(directory, 'data', 'gatehouse.sqlite'))).toBe(false);
  });
});

describe('PUBLIC_URL', () => {
  let behindProxy: Server;
  let alone: Server;

  beforeAll(async () => {
    [behindProxy, alone] = await Promise.all([
      Server.start({ PUBLIC_URL: 'https://auth.example.com/base/' }),
      Server.start(),
    ]);
  });

  it('is the base of Location and of the tokens', async () => {
    const { client } = behindProxy;
    const json = { username: 'miguel', password: 'python' };
    const { headers } = await client.post('/api/users', { json });
    expect(headers.get('location')).toBe('https://auth.example.com/base/api/users/1');
    const base = 'https://auth.example.com/base';
    const token = await client.login(json);
    expect(claimsOf(token)).toMatchObject({ iss: base, aud: base });
    expect(await client.accepts(token)).toBe(true);
  });

  it('is where the service listens, if it is not set', async () => {
    const base = `http://127.0.0.1:${alone.port}`;
    const { token } = await alone.client.newSession();
    expect(claimsOf(token)).toMatchObject({ iss: base, aud: base });
  });

  it('is never what the Host header says (S58, S72)', async () => {
    for (const { url } of [behindProxy, alone]) {
      const answers = await Promise.all([
        foreign(url, 'POST', '/api/users', '{"username":"susan","password":"python"}'),
        foreign(url, 'POST', '/authenticate_user', '{"username":"susan","password":"ruby"}'),
        foreign(url, 'GET', '/user'),
        foreign(url, 'GET', '/nowhere'),
        foreign(url, 'GET', '/docs'),
        foreign(url, 'GET', '/docs-json'),
        foreign(url, 'GET', '/api/token'),
      ]);
      expect(answers[0]).toMatch(/api\/users\/\d/);
      expect(answers.join()).not.toContain('evil.test');
    }
  });

  /** All of the answer to a request that names another host wherever it can. */
  async function foreign(
    url: string,
    method: string,
    path: string,
    body?: string,
  ): Promise<string> {
    const headers = {
      host: 'evil.test',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.test',
      origin: 'https://evil.test',
      'content-type': 'application/json',
    };
    return new Promise((resolve, reject) => {
      request(url + path, { method, headers }, (response) => {
        readAll(response).then((text) => resolve(response.rawHeaders.join() + text), reject);
      })
        .on('error', reject)
        .end(body);
    });
  }
});
