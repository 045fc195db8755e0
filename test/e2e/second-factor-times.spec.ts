import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { gatehouse } from '../support/cli.js';
import { clockAt } from '../support/fake-clock.js';
import {
  addFactor,
  answer,
  FactorApp,
  beginFactor,
  begunFactor,
  challengeOf,
  confirmFactor,
  logInWithBoth,
  newFactorOwner,
} from '../support/second-factors.js';
import { Server, temporaryDirectory, type Variables } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

const UNLIMITED = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };

const newSecret = () => randomBytes(48).toString('base64');

/** The service's own file, for what would take hours. */
async function change({ directory }: Server, sql: string, ...parameters: (string | number)[]) {
  const file = await SqliteFile.open(join(directory, 'data', 'gatehouse.sqlite'));
  const rows = await file.query<Record<string, string>>(sql, ...parameters);
  await file.close();
  return rows;
}

describe('Of second factors', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start(UNLIMITED);
  });

  it('codes are those that oathtool makes (S108)', async () => {
    const account = await server.client.newSession();
    const { token, password } = account;
    const { body } = await beginFactor(server.client, token, { current_password: password });
    const { id, secret } = body as { id: string; secret: string };
    const code = execFileSync('oathtool', ['--totp', '--base32', secret], { encoding: 'utf8' });
    expect((await confirmFactor(server.client, token, id, code.trim())).status).toBe(200);
  });

  it('a challenge expires (S113)', async () => {
    const owner = await newFactorOwner(server.client);
    const challenge = await challengeOf(server.client, owner);
    const [{ left = 0 } = {}] = await change(
      server,
      'SELECT expires_at_ms - ? AS left FROM challenges WHERE user_id = ?',
      ...[Date.now(), owner.id],
    );
    expect(Number(left)).toBeGreaterThan(280_000);
    expect(Number(left)).toBeLessThanOrEqual(300_000);
    await change(
      server,
      'UPDATE challenges SET expires_at_ms = ? WHERE user_id = ?',
      ...[Date.now(), owner.id],
    );
    const { status, body } = await answer(server.client, challenge, owner.app.next());
    expect([status, body.type]).toEqual([401, '/problems/challenge-invalid']);
  });

  it('however many log-ins wait for a code, none voids another', async () => {
    const owner = await newFactorOwner(server.client);
    const first = await challengeOf(server.client, owner);
    for (let time = 0; time < 30; time += 1) await challengeOf(server.client, owner);
    expect((await answer(server.client, first, owner.app.next())).status).toBe(200);
  });

  it('the first can be begun again, however many wrong codes did not confirm it', async () => {
    const account = await server.client.newSession();
    const mistaken = await begunFactor(server.client, account.token, account);
    const confirm = async (code: string) =>
      (await confirmFactor(server.client, account.token, mistaken.id, code)).status;
    for (let time = 0; time < 10; time += 1) expect(await confirm(mistaken.wrong())).toBe(400);
    expect(await confirm(mistaken.next())).toBe(429);
    await addFactor(server.client, account.token, account);
  });

  it('one that is not confirmed lapses after an hour', async () => {
    const account = await server.client.newSession();
    const app = await begunFactor(server.client, account.token, account);
    const backdate = (ms: number) =>
      change(
        server,
        'UPDATE factors SET created_at_ms = ? WHERE id = ?',
        ...[Date.now() - ms, app.id],
      );
    await backdate(3_600_000);
    const late = await confirmFactor(server.client, account.token, app.id, app.next());
    expect([late.status, late.body.type]).toEqual([404, '/problems/unknown-factor']);
    await backdate(3_540_000);
    const { status } = await confirmFactor(server.client, account.token, app.id, app.next());
    expect(status).toBe(200);
  });

  it('ten wrong codes shut out for an hour, and a hundred until a log-in is completed (S114)', async () => {
    const owner = await newFactorOwner(server.client);
    const { app, recoveryCodes } = owner;
    const statusOf = async (code: string) =>
      (await answer(server.client, await challengeOf(server.client, owner), code)).status;
    for (let time = 0; time < 10; time += 1) expect(await statusOf(app.wrong())).toBe(400);
    expect(await statusOf(app.wrong())).toBe(429);
    const setBegin = 'UPDATE wrong_codes SET window_began_at_ms = ? WHERE user_id = ?';
    await change(server, setBegin, Date.now() - 3_600_001, owner.id);
    expect(await statusOf(app.wrong())).toBe(400);
    const counted = 'SELECT since_login, in_window FROM wrong_codes WHERE user_id = ?';
    expect(await change(server, counted, owner.id)).toEqual([{ since_login: 11, in_window: 1 }]);

    await change(server, 'UPDATE wrong_codes SET since_login = 100 WHERE user_id = ?', owner.id);
    const code = app.next();
    expect(await statusOf(code)).toBe(429);
    expect(await statusOf(recoveryCodes[0] ?? '')).toBe(200);
    expect(await statusOf(code)).toBe(200);
  });

  it('secrets, codes and challenges are in no file in the clear (S110)', async () => {
    const owner = await newFactorOwner(server.client);
    const challenge = await challengeOf(server.client, owner);
    const rows = await change(
      server,
      `SELECT secret FROM factors UNION ALL SELECT code_hash FROM recovery_codes
       UNION ALL SELECT hash FROM challenges`,
    );
    const kept = JSON.stringify(rows) + server.output;
    for (const secret of [owner.app.secret, challenge, ...owner.recoveryCodes]) {
      expect(kept).not.toContain(secret);
      expect(kept).not.toContain(secret.replaceAll('-', ''));
    }
  });

  it('a change is told by mail to the verified address (S107)', async () => {
    const account = await server.client.newSession();
    await change(
      server,
      'INSERT INTO email_addresses (user_id, email, folded_email, version) VALUES (?, ?, ?, 1)',
      ...[account.id, `${account.username}@example.org`, `${account.username}@example.org`],
    );
    const { app, recoveryCodes } = await addFactor(server.client, account.token, account);
    const { body } = await server.client.post('/user/recovery_codes', {
      bearer: account.token,
      json: { code: recoveryCodes[0] },
    });
    const removed = await server.client.post(`/user/factors/${app.id}/remove`, {
      bearer: account.token,
      json: { code: (body.recovery_codes as string[])[0] },
    });
    expect(removed.status).toBe(200);
    const kinds = 'SELECT kind FROM mails WHERE user_id = ? ORDER BY created_at_ms, kind';
    expect((await change(server, kinds, account.id)).map(({ kind }) => kind)).toEqual([
      ...['factor-added', 'recovery-codes-made', 'factor-removed'],
    ]);
  });

  it('a service whose clock is an hour off takes no code', async () => {
    const owner = await newFactorOwner(server.client);
    await server.stop();
    const late = await Server.start({ ...UNLIMITED, ...clockAt('+3600s') }, server.directory);
    const challenge = await challengeOf(late.client, owner);
    const { status, body } = await answer(late.client, challenge, owner.app.next());
    expect([status, body.type]).toEqual([400, '/problems/code-invalid']);
    await late.stop();
    server = await Server.start(UNLIMITED, server.directory);
  });
});

describe('The key of second factors', () => {
  const production = (more: Variables = {}): Variables => ({
    NODE_ENV: 'production',
    PUBLIC_URL: 'http://auth.example.com',
    JWT_KEY: newSecret(),
    DATABASE_URL: 'sqlite:gatehouse.sqlite',
    ...more,
  });

  it('is replaced step by step: what is used moves to the newest', async () => {
    const directory = temporaryDirectory();
    const [old, fresh] = [newSecret(), newSecret()];
    let server = await Server.start({ DATABASE_URL: 'sqlite:x', DATA_KEY: old }, directory);
    const used = await newFactorOwner(server.client);
    const unused = await newFactorOwner(server.client);
    await server.stop();

    const both = { DATABASE_URL: 'sqlite:x', DATA_KEY: fresh, DATA_PREVIOUS_KEYS: old };
    server = await Server.start(both, directory);
    await logInWithBoth(server.client, used, used.app.next());
    await server.stop();

    server = await Server.start({ DATABASE_URL: 'sqlite:x', DATA_KEY: fresh }, directory);
    const file = await SqliteFile.open(join(directory, 'x'));
    await file.query('UPDATE factors SET last_step = 0');
    await file.close();
    await logInWithBoth(server.client, used, new FactorApp('', used.app.secret).next());
    const challenge = await challengeOf(server.client, unused);
    const refused = await answer(server.client, challenge, unused.app.next());
    expect([refused.status, refused.body.type]).toEqual([503, '/problems/service-unavailable']);
    expect(server.output).toContain(
      `The factor ${unused.app.id} of user ${unused.id} cannot be used`,
    );
    // Nobody knows that it was wrong, so it is not counted.
    const counted = await SqliteFile.open(join(directory, 'x'));
    expect(await counted.query('SELECT * FROM wrong_codes')).toEqual([]);
    await counted.close();
    const [code = ''] = unused.recoveryCodes;
    expect((await answer(server.client, challenge, code)).status).toBe(200);
  }, 180_000);

  it('gives no free guesses at one factor while it is missing for another', async () => {
    const directory = temporaryDirectory();
    let server = await Server.start({ DATABASE_URL: 'sqlite:x', DATA_KEY: newSecret() }, directory);
    const owner = await newFactorOwner(server.client);
    await server.stop();
    server = await Server.start({ DATABASE_URL: 'sqlite:x', DATA_KEY: newSecret() }, directory);
    const [one = '', other = ''] = owner.recoveryCodes;
    const token = await logInWithBoth(server.client, owner, one);
    const { app } = await addFactor(server.client, token, owner, { code: other });

    const challenge = await challengeOf(server.client, owner);
    const right = app.next();
    const wrong = right === '000000' ? '111111' : '000000';
    for (let guess = 0; guess < 5; guess += 1) {
      // Nobody knows whether it was wrong, and it counts all the same.
      expect((await answer(server.client, challenge, wrong)).status).toBe(503);
    }
    const late = await answer(server.client, challenge, right);
    expect([late.status, late.body.type]).toEqual([401, '/problems/challenge-invalid']);
    const counted = await SqliteFile.open(join(directory, 'x'));
    expect(await counted.query('SELECT in_window FROM wrong_codes')).toEqual([{ in_window: 5 }]);
    await counted.close();
    const again = await challengeOf(server.client, owner);
    expect((await answer(server.client, again, right)).status).toBe(200);
  }, 180_000);

  it('is needed in production for a new factor, and at the start once there is one', async () => {
    const directory = temporaryDirectory();
    const without = production();
    let server = await Server.start(without, directory);
    const account = await server.client.newSession({ password: 'a-rather-good-one' });
    const { token, password } = account;
    const refused = await beginFactor(server.client, token, { current_password: password });
    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ field: 'type', detail: expect.stringContaining('DATA_KEY') }],
    ]);
    await server.stop();

    server = await Server.start({ ...without, DATA_KEY: newSecret() }, directory);
    await addFactor(server.client, token, account);
    await server.stop();

    const { code, output } = await Server.startAndEnd(without, directory);
    expect([code, output]).toEqual([1, expect.stringMatching(/^DATA_KEY is needed, because/)]);
    const place = { directory, variables: without };
    const removed = await gatehouse(place, [
      'users',
      'factors',
      account.username,
      '--remove',
      'all',
    ]);
    expect(removed.code).toBe(0);
    server = await Server.start(without, directory);
    await server.client.login(account);
  }, 180_000);

  it.each([
    ['short', /DATA_KEY must have at least 32 bytes/],
    ['a,b'.repeat(20), /DATA_KEY has a comma, which separates keys in DATA_PREVIOUS_KEYS/],
  ])('is refused if it will not do: %s', async (DATA_KEY, fault) => {
    const { code, output } = await Server.startAndEnd(production({ DATA_KEY }));
    expect([code, output]).toEqual([1, expect.stringMatching(fault)]);
  });

  it('is not that of the tokens, and stands before previous ones', async () => {
    const key = newSecret();
    const same = await Server.startAndEnd(production({ JWT_KEY: key, DATA_KEY: key }));
    expect(same.output).toContain('DATA_KEY is the same as JWT_KEY');
    const alone = await Server.startAndEnd(production({ DATA_PREVIOUS_KEYS: key }));
    expect(alone.output).toContain('DATA_PREVIOUS_KEYS needs DATA_KEY');
  });
});
