import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority } from '../support/certificates.js';
import { gatehouse, jsonLines } from '../support/cli.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { connectToPostgres } from '../support/postgres.js';
import { privatePostgres } from '../support/private-servers.js';
import { unprivileged } from '../support/processes.mjs';
import { Server, temporaryDirectory } from '../support/server.js';

/** Who may come how: the owner from anywhere, `account` by TLS and its password, `device` by a certificate. */
const HBA = `
local   all gatehouse trust
host    all gatehouse 127.0.0.1/32 trust
local   all account   scram-sha-256
hostssl all account   127.0.0.1/32 scram-sha-256
hostssl all legacy    127.0.0.1/32 password
hostssl all device    127.0.0.1/32 cert
`;

const authority = new CertificateAuthority();
const stranger = new CertificateAuthority('Another CA');

interface Finding {
  about: string;
  verdict: string;
  message: string;
}

describe('A PostgreSQL with TLS, whose certificate is for localhost', () => {
  let port: string;
  let folder: string;

  beforeAll(async () => {
    const { cert, key } = authority.issue('localhost');
    const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = unprivileged();
    const hba = join(authority.folder, 'hba.conf');
    writeFileSync(hba, HBA);
    folder = temporaryDirectory();
    chmodSync(authority.folder, 0o755);
    chownSync(folder, uid, gid);
    chownSync(key, uid, gid);
    const postgres = await privatePostgres({
      ...{ ssl: 'on', ssl_cert_file: cert, ssl_key_file: key, ssl_ca_file: authority.file },
      ...{ hba_file: hba, unix_socket_directories: folder },
    });
    ({ port } = new URL(postgres.url));
    const owner = await connectToPostgres(postgres.url);
    for (const role of ['account', 'legacy', 'device']) {
      await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'canary-5d1f'`);
      await owner.query(`CREATE DATABASE ${role} OWNER ${role}`);
    }
  }, 60_000);

  const urlOf = (host: string, query: string, role = 'account') =>
    `postgres://${role}:canary-5d1f@${host}:${port}/${role}?${query}`;

  /** The first finding about the database. */
  async function firstFinding(url: string): Promise<Finding> {
    const place = { directory: temporaryDirectory(), variables: { DATABASE_URL: url } };
    const { stdout, stderr } = await gatehouse(place, ['config', 'check', '--connect', '--json']);
    expect(stdout + stderr).not.toContain('canary-5d1f');
    return jsonLines<Finding>(stdout).find(({ about }) => about === 'database')!;
  }

  it('serves with verify-full and channel binding', async () => {
    const query = `sslmode=verify-full&sslrootcert=${authority.file}&channel_binding=require`;
    const { client } = await Server.start({ DATABASE_URL: urlOf('localhost', query) });
    const account = await client.register();
    expect(await client.accepts(await client.login(account))).toBe(true);
  });

  it.each([
    ['verify-full', 'localhost', true],
    ['require', 'localhost', true],
    ['verify-ca', 'localhost', true],
    ['verify-full', '127.0.0.1', false],
    ['require', '127.0.0.1', false],
    ['verify-ca', '127.0.0.1', true],
  ])('sslmode=%s takes it as %s: %p', async (mode, host, isTaken) => {
    const query = `sslmode=${mode}&sslrootcert=${authority.file}`;
    const { verdict, message } = await firstFinding(urlOf(host, query));
    expect(verdict).toBe(isTaken ? 'ok' : 'wrong');
    if (!isTaken) expect(message).toMatch(/altnames.*DATABASE_URL must have the host/);
  });

  it.each(['verify-full', 'verify-ca'])('is refused with %s of another CA', async (mode) => {
    const query = `sslmode=${mode}&sslrootcert=${stranger.file}`;
    const { verdict, message } = await firstFinding(urlOf('localhost', query));
    expect([verdict, message]).toEqual(['wrong', expect.stringMatching(/sslrootcert/)]);
  });

  it('is refused without its CA, whatever Node was told', async () => {
    const place = {
      directory: temporaryDirectory(),
      variables: {
        DATABASE_URL: urlOf('localhost', 'sslmode=require'),
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      },
    };
    const { code, stdout } = await gatehouse(place, ['config', 'check', '--connect']);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/wrong .*name the file of its CA/)]);
  });

  it('takes the certificate of a client', async () => {
    const { cert, key } = authority.issue('device');
    const query = `sslmode=verify-full&sslrootcert=${authority.file}`;
    const own = `${query}&sslcert=${cert}&sslkey=${key}`;
    expect((await firstFinding(urlOf('localhost', own, 'device'))).verdict).toBe('ok');
    expect((await firstFinding(urlOf('localhost', query, 'device'))).verdict).toBe('wrong');
  });

  it('gets no password that channel_binding=require keeps back', async () => {
    const query = `sslmode=verify-full&sslrootcert=${authority.file}`;
    expect((await firstFinding(urlOf('localhost', query, 'legacy'))).verdict).toBe('ok');
    const bound = urlOf('localhost', `${query}&channel_binding=require`, 'legacy');
    expect(await firstFinding(bound)).toMatchObject({
      ...{ verdict: 'wrong', message: expect.stringMatching(/channel_binding=require/) },
    });
  });

  it('is not to be used with a password that is wrong', async () => {
    const url = urlOf('localhost', `sslmode=verify-full&sslrootcert=${authority.file}`);
    expect(await firstFinding(url.replace('canary-5d1f', 'another'))).toMatchObject({
      ...{ verdict: 'wrong', message: expect.stringMatching(/password authentication failed/) },
    });
  });

  it('is reached by its socket, without TLS', async () => {
    const url = `postgres://account:canary-5d1f@/account?host=${folder}&port=${port}&sslmode=require`;
    expect(await firstFinding(url)).toMatchObject({ verdict: 'ok' });
  });

  it('is found behind a pooler that has the certificate', async () => {
    const pooler = await startPgBouncer(`postgres://gatehouse@127.0.0.1:${port}/account`, {
      client_tls_sslmode: 'allow',
      client_tls_cert_file: join(authority.folder, 'localhost.pem'),
      client_tls_key_file: join(authority.folder, 'localhost.key'),
    });
    const url = pooler.replace('127.0.0.1', 'localhost');
    const query = `sslmode=verify-full&sslrootcert=${authority.file}`;
    expect(await firstFinding(`${url}?${query}`)).toMatchObject({ verdict: 'ok' });
    expect(await firstFinding(`${url}?${query}&channel_binding=require`)).toMatchObject({
      ...{ verdict: 'wrong', message: expect.stringMatching(/channel_binding=require/) },
    });
  });

  it('does not start with a CA file that is none, and says so in one line', async () => {
    const variables = {
      DATABASE_URL: urlOf('localhost', 'sslmode=verify-full&sslrootcert=no.pem'),
    };
    const { code, output } = await Server.startAndEnd(variables);
    expect([code, output]).toEqual([
      1,
      'DATABASE_URL names a file as sslrootcert that cannot be used: it does not exist\n',
    ]);
  });
});
