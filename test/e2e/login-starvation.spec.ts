import { hash as bcryptHash } from '@node-rs/bcrypt';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../support/client.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

const NO_LIMITS = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };

/** A log-in waits for 5 s at most; twice as long on a busy machine. */
const LIMIT_MS = 10_000;

/** Longer than any hash here takes, and than a log-in may wait. */
const STALL_MS = 12_000;

/** A stall that is over slows no one: a log-in waits for its turn, and for its hash. */
const AFTER_STALL_MS = 6_000;

interface Answer {
  readonly status: number;
  readonly ms: number;
}

/** A log-in from an address of this machine; status 0 if the connection ended without an answer. */
function logIn(
  { port }: Server,
  { username, password }: Pick<Account, 'username' | 'password'>,
  localAddress = '127.0.0.1',
): Promise<Answer> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const end = (status = 0) => resolve({ status, ms: performance.now() - startedMs });
    const headers = { 'content-type': 'application/json' };
    const path = '/authenticate_user';
    request({ port, host: '127.0.0.1', path, method: 'POST', headers, localAddress, agent: false })
      .on('response', (response) => {
        response.resume();
        response.on('end', () => end(response.statusCode));
      })
      .on('error', () => end())
      .end(JSON.stringify({ username, password }));
  });
}

/** Gives the account a bcrypt hash of its password. */
async function hashWithBcrypt(server: Server, { id, password }: Account, cost: number) {
  const file = await SqliteFile.open(join(server.directory, 'data', 'gatehouse.sqlite'));
  const encoded = await bcryptHash(password, cost);
  await file.query('UPDATE users SET password_hash = ? WHERE id = ?', encoded, id);
  await file.close();
}

const wrong = ({ username }: Pick<Account, 'username'>) => ({ username, password: 'wrong' });

describe('A log-in does not starve', () => {
  it('after the process stood still amid failing ones (F52)', async () => {
    const server = await Server.start(NO_LIMITS);
    const [account, imported] = [await server.client.register(), await server.client.register()];
    // Hashes of two kinds, of which one takes longer.
    await hashWithBcrypt(server, imported, 8);
    let isOver = false;
    const guesses = Array.from({ length: 8 }, async (_, index) => {
      while (!isOver) await logIn(server, wrong(index % 2 ? account : imported));
    });
    await sleep(300);
    process.kill(server.pid, 'SIGSTOP');
    await sleep(STALL_MS);
    process.kill(server.pid, 'SIGCONT');
    // Those that were being hashed have failed, and others are.
    await sleep(1_000);
    const { status, ms } = await logIn(server, account);
    isOver = true;
    expect(status).toBe(200);
    expect(ms).toBeLessThan(AFTER_STALL_MS);
    await Promise.all(guesses);
  }, 120_000);

  it('if others guess at an account whose hash is slow (F53)', async () => {
    const server = await Server.start(NO_LIMITS);
    const [account, slow] = [await server.client.register(), await server.client.register()];
    await hashWithBcrypt(server, slow, 12);
    const guesses = Array.from({ length: 125 }, (_, count) =>
      logIn(server, wrong(slow), `127.0.0.${2 + (count % 2)}`),
    );
    await sleep(300);
    const { status, ms } = await logIn(server, account);
    expect(status).toBe(200);
    expect(ms).toBeLessThan(LIMIT_MS);
    const statuses = (await Promise.all(guesses)).map((guess) => guess.status);
    // A client that waits in vain is told so.
    expect([...new Set(statuses)].sort()).toEqual([401, 503]);
  }, 90_000);

  it('if another address hears 429 on many connections (F53)', async () => {
    const server = await Server.start({ ADDRESS_MAX_FAILURES: '5', LOGIN_MAX_FAILURES: '5' });
    const account = await server.client.register();
    let isOver = false;
    const heard = new Map<number, number>();
    const flood = Array.from({ length: 150 }, async () => {
      while (!isOver) {
        const { status } = await logIn(server, wrong({ username: 'nobody' }), '127.0.0.2');
        heard.set(status, (heard.get(status) ?? 0) + 1);
      }
    });
    await sleep(1_000);
    const answers: Answer[] = [];
    for (let count = 0; count < 24; count += 1) answers.push(await logIn(server, account));
    isOver = true;
    await Promise.all(flood);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(heard.get(429)).toBeGreaterThan(100);
    expect([...heard.keys()].filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
  }, 90_000);

  it('if many clients have gone without waiting for their answers (F53)', async () => {
    const server = await Server.start(NO_LIMITS);
    const account = await server.client.register();
    await hashWithBcrypt(server, account, 11);
    const usual = await logIn(server, wrong(account));
    const body = JSON.stringify(wrong(account));
    const sockets = Array.from({ length: 140 }, () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        'POST /authenticate_user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
      return socket;
    });
    await sleep(100);
    for (const socket of sockets) socket.destroy();
    const { status, ms } = await logIn(server, account);
    expect(status).toBe(200);
    expect(ms).toBeLessThan(3 * (6 * usual.ms) + 500);
  }, 60_000);
});

describe('A stored hash beyond the bounds', () => {
  it('is never computed: the log-in fails at the usual cost, and the log says what to do', async () => {
    const server = await Server.start(NO_LIMITS);
    const account = await server.client.register();
    const file = await SqliteFile.open(join(server.directory, 'data', 'gatehouse.sqlite'));
    const huge = `$argon2id$v=19$m=1048576,t=4,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
    await file.query('UPDATE users SET password_hash = ? WHERE id = ?', huge, account.id);
    await file.close();
    const before = server.residentMb;
    const { status } = await logIn(server, account);
    expect(status).toBe(401);
    expect(server.residentMb - before).toBeLessThan(200);
    const warnings = server.lines.filter(({ context }) => context === 'Credentials');
    expect(warnings).toMatchObject([
      { msg: expect.stringMatching(/^User \d+ cannot log in: .*`users set-password`/) },
    ]);
  }, 60_000);
});
