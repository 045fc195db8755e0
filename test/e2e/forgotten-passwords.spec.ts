import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse } from '../support/cli.js';
import { uniqueName, type Account, type Answer, type Client } from '../support/client.js';
import { newKey } from '../support/keys.js';
import {
  mailsTo,
  newAddressee,
  newestMail,
  newestSecret,
  uniqueAddress,
  verifyAddress,
  wantAddress,
} from '../support/mails.js';
import { addFactor, logInWithBoth } from '../support/second-factors.js';
import type { Server } from '../support/server.js';

const NEW_PASSWORD = 'battery staple';
const CHANGED = [200, { message: 'Password changed' }];
const INVALID = [400, '/problems/reset-invalid'];

/** Before or while passwords are hashed, or about when the reset is written. */
const APART_MS = [-12, 0, 10, 15, 30, 50, 80];

/** An address that asks for the first time. */
const anyAddress = () => `198.51.${randomInt(256)}.${randomInt(256)}`;

describeOnEachDatabase('A forgotten password', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start({ TRUST_PROXY: '1' });
    ({ client } = server);
  });

  const ask = (json: object, address = anyAddress()) =>
    client.post('/password/forgot', { json, headers: { 'x-forwarded-for': address } });

  const reset = (json: object, address = anyAddress()) =>
    client.post('/password/reset', { json, headers: { 'x-forwarded-for': address } });

  const login = (
    { username }: Pick<Account, 'username'>,
    password: string,
    address = anyAddress(),
  ) =>
    client.post('/authenticate_user', {
      json: { username, password },
      headers: { 'x-forwarded-for': address },
    });

  /** A mail for a new password: both of its secrets, and the id for its code. */
  async function secretFor({ username, email }: { username: string; email: string }, count = 1) {
    const { status, body } = await ask({ username });
    expect(status).toBe(202);
    return {
      id: body.id as string,
      ...(await newestSecret(server, email, 'reset-password', count)),
    };
  }

  async function eventsOf(bearer: string): Promise<string[]> {
    const { body } = await client.get('/user/events', { bearer });
    return (body.events as { type: string }[]).map(({ type }) => type);
  }

  it('is replaced by the link of the mail, which ends every session and key and logs nobody in (S105)', async () => {
    const person = await newAddressee(server);
    const elsewhere = await client.login(person);
    const { key } = await newKey(client, person.token);
    const { token } = await secretFor(person);
    const answer = await reset({ token, password: NEW_PASSWORD });
    expect([answer.status, answer.body]).toEqual(CHANGED);
    for (const old of [person.token, elsewhere, key]) expect(await client.accepts(old)).toBe(false);
    expect((await login(person, person.password)).status).toBe(401);
    const session = await login(person, NEW_PASSWORD);
    expect(session.status).toBe(200);
    const events = await eventsOf(session.body.token as string);
    expect(events.slice(0, 4)).toEqual(
      expect.arrayContaining(['password.reset', 'key.deleted', 'login.succeeded']),
    );
    expect(events).not.toContain('password.changed');
    await newestMail(server, person.email, 'password-changed');
  });

  it('is replaced by the code of the mail, beside the id that the request was answered', async () => {
    const person = await newAddressee(server);
    const asked = await ask({ email: person.email.toUpperCase() });
    expect([asked.status, asked.body]).toEqual([202, { id: expect.stringMatching(/^[\w-]{22}$/) }]);
    const { code, text } = await newestSecret(server, person.email, 'reset-password');
    expect(text).toContain(person.username);
    const secret = { id: asked.body.id as string, code: code.toLowerCase() };
    const answer = await reset({ ...secret, password: NEW_PASSWORD });
    expect([answer.status, answer.body]).toEqual(CHANGED);
    expect((await login(person, NEW_PASSWORD)).status).toBe(200);
  });

  it('is answered the same whatever is asked for, and mails go to verified addresses alone (S104)', async () => {
    const person = await newAddressee(server);
    const without = await client.register();
    const unverified = { ...(await client.newSession()), email: uniqueAddress() };
    await wantAddress(client, unverified, unverified.email);
    await newestMail(server, unverified.email, 'verify-address');
    const disabled = await newAddressee(server);
    await gatehouse(server, ['users', 'disable', disabled.username]);
    const questions = [
      { username: person.username },
      { email: person.email },
      { username: person.username.toUpperCase() },
      // The fourth in an hour.
      { username: person.username },
      { username: without.username },
      { username: unverified.username },
      { email: unverified.email },
      { username: disabled.username },
      { email: disabled.email },
      { username: uniqueName('nobody') },
      { username: 'x' },
      { username: 'a:b\0c' },
      { username: '' },
      { email: uniqueAddress() },
      { email: `${person.email},${uniqueAddress()}` },
      { email: `${person.email}\r\nBcc: ${uniqueAddress()}` },
      { email: ` ${person.email}` },
      { email: person.username },
      { email: '\0' },
      { email: '' },
    ];
    const shapes: unknown[] = [];
    for (const question of questions) {
      const { status, headers, body } = await ask(question);
      expect(body.id).toMatch(/^[\w-]{22}$/);
      shapes.push([status, Object.keys(body as object), [...headers.keys()].sort()]);
    }
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(shapes[0]).toEqual([202, ['id'], expect.any(Array)]);

    // Mails go one after the other: when this one is there, all that were to come are.
    const last = await newAddressee(server);
    await secretFor(last);
    const kindsTo = async (address: string) =>
      (await mailsTo(server, address)).map(({ kind }) => kind);
    expect(await kindsTo(person.email)).toEqual([
      'verify-address',
      ...['reset-password', 'reset-password', 'reset-password'],
    ]);
    expect(await kindsTo(unverified.email)).toEqual(['verify-address']);
    expect(await kindsTo(disabled.email)).toEqual(['verify-address']);
  });

  it.each([
    {},
    { username: 'miguel', email: 'm@example.org' },
    { username: 7 },
    { email: ['a@b.cd'] },
  ])('is asked for by a username or an address, and not by %j', async (json) => {
    const { status, body } = await ask(json);
    expect([status, body.type]).toEqual([400, '/problems/validation-failed']);
  });

  it.each([
    ['198.51.100.7', () => '198.51.100.7'],
    ['one /64', () => `2001:db8:1:2::${randomInt(1, 0xffff).toString(16)}`],
  ])('is asked for ten times an hour from %s, for all names together', async (_, address) => {
    const person = await newAddressee(server);
    for (let time = 0; time < 10; time += 1) {
      expect((await ask({ username: uniqueName('nobody') }, address())).status).toBe(202);
    }
    for (const username of [uniqueName('nobody'), person.username]) {
      const { status, body } = await ask({ username }, address());
      expect([status, body.type]).toEqual([429, '/problems/too-many-attempts']);
    }
    expect((await ask({ username: person.username })).status).toBe(202);
  });

  it('is not replaced by one that is refused, which uses nothing up', async () => {
    const person = await newAddressee(server);
    const { id, code, token } = await secretFor(person);
    for (let time = 0; time < 6; time += 1) {
      for (const secret of [{ id, code }, { token }]) {
        const { status, body } = await reset({ ...secret, password: 'short' });
        expect([status, body.type, body.errors]).toEqual([
          400,
          '/problems/validation-failed',
          [{ field: 'password', detail: expect.any(String) }],
        ]);
      }
    }
    expect((await reset({ token, password: 'x'.repeat(257) })).status).toBe(400);
    expect(await client.accepts(person.token)).toBe(true);
    expect((await reset({ id, code, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('is told nothing of what is wrong with a secret', async () => {
    const person = await newAddressee(server);
    const used = await secretFor(person);
    expect((await reset({ token: used.token, password: NEW_PASSWORD })).status).toBe(200);
    const live = await secretFor(person, 2);
    const wanted = await wantAddress(
      client,
      {
        ...person,
        token: await client.login({ ...person, password: NEW_PASSWORD }),
        password: NEW_PASSWORD,
      },
      person.email,
    );
    const forAddress = await newestSecret(server, person.email, 'verify-address', 2);
    const unknown = await ask({ username: uniqueName('nobody') });
    const secrets = [
      { token: used.token },
      { id: used.id, code: used.code },
      { token: 'x'.repeat(43) },
      { token: '' },
      { token: live.id },
      { id: live.id, code: used.code },
      { id: live.id, code: '' },
      { id: unknown.body.id as string, code: live.code },
      { id: 'A'.repeat(22), code: live.code },
      { id: '', code: live.code },
      { id: '\0', code: live.code },
      { token: forAddress.token },
      { id: wanted.body.id as string, code: forAddress.code },
    ];
    const bodies = new Set<string>();
    for (const secret of secrets) {
      const { status, body, text } = await reset({ ...secret, password: 'x' });
      expect([status, body.type]).toEqual(INVALID);
      bodies.add(text);
    }
    expect(bodies.size).toBe(1);
    expect((await reset({ token: live.token, password: 'the third horse' })).status).toBe(200);
  });

  it('is refused for what can be no secret, however many others send that', async () => {
    for (let time = 0; time < 102; time += 1) {
      const { status, body } = await reset({ id: '', code: '', password: 'x' });
      expect([status, body.type]).toEqual(INVALID);
    }
  });

  it('has a code of five tries, and unknown ids are refused as long as known ones (S102)', async () => {
    const person = await newAddressee(server);
    const { id, code, token } = await secretFor(person);
    const address = anyAddress();
    const tried = [id, (await ask({ username: uniqueName('nobody') })).body.id as string];
    for (const each of tried) {
      const statuses: number[] = [];
      for (let time = 0; time < 11; time += 1) {
        const wrong = { id: each, code: `AAAAA-AAA${time}`, password: NEW_PASSWORD };
        statuses.push((await reset(wrong, address)).status);
      }
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
    }
    const { status, body } = await reset({ id, code, password: NEW_PASSWORD });
    expect([status, body.type]).toEqual(INVALID);
    expect((await reset({ token, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('is not replaced by opening the link, which goes on to work (S103)', async () => {
    const { token } = await secretFor(await newAddressee(server));
    for (const path of ['/password/reset', `/password/reset?token=${token}`, '/password/forgot']) {
      const { status, headers } = await client.get(path);
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect((await client.get('/account')).status).toBe(200);
    expect((await reset({ token, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('is replaced by the newest mail alone (S102)', async () => {
    const person = await newAddressee(server);
    const first = await secretFor(person);
    const second = await secretFor(person, 2);
    for (const secret of [{ token: first.token }, { id: first.id, code: first.code }]) {
      const { status, body } = await reset({ ...secret, password: NEW_PASSWORD });
      expect([status, body.type]).toEqual(INVALID);
    }
    expect((await reset({ token: second.token, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('is not replaced by a mail from before a change of the password or of the address (S102)', async () => {
    const person = await newAddressee(server);
    const { token: beforeChange } = await secretFor(person);
    const change = { password: NEW_PASSWORD, current_password: person.password };
    const changed = await client.put('/user', { bearer: person.token, json: change });
    expect(changed.status).toBe(200);
    const token = changed.body.token as string;
    const { token: beforeAddress } = await secretFor(person, 2);
    await verifyAddress(server, { ...person, token, password: NEW_PASSWORD }, uniqueAddress());
    for (const secret of [beforeChange, beforeAddress]) {
      const { status, body } = await reset({ token: secret, password: 'the third horse' });
      expect([status, body.type]).toEqual(INVALID);
    }
    expect((await login(person, NEW_PASSWORD)).status).toBe(200);
  });

  it('leaves second factors as they are, which the mail names (S105)', async () => {
    const person = await newAddressee(server);
    const { app } = await addFactor(client, person.token, person);
    const { token, text } = await secretFor(person);
    expect(text).toContain('This account has: authenticator app.');
    expect((await reset({ token, password: NEW_PASSWORD })).status).toBe(200);
    const bare = await login(person, NEW_PASSWORD);
    expect([bare.status, bare.body.type]).toEqual([401, '/problems/second-factor-required']);
    await logInWithBoth(client, { ...person, password: NEW_PASSWORD }, app.next());
    const other = await newAddressee(server);
    expect((await secretFor(other)).text).toContain('This account has: none.');
  });

  it('of a disabled account is not replaced before it is enabled', async () => {
    const person = await newAddressee(server);
    const { token } = await secretFor(person);
    await gatehouse(server, ['users', 'disable', person.username]);
    const { status, body } = await reset({ token, password: NEW_PASSWORD });
    expect([status, body.type]).toEqual(INVALID);
    await gatehouse(server, ['users', 'enable', person.username]);
    expect((await login(person, person.password)).status).toBe(200);
    expect((await reset({ token, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('is replaced once, of two who have the secret (S102)', async () => {
    const person = await newAddressee(server);
    const { id, code, token } = await secretFor(person);
    const passwords = ['the first horse', 'the second horse'] as const;
    const answers = await Promise.all([
      reset({ token, password: passwords[0] }),
      reset({ id, code, password: passwords[1] }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    for (const [index, { status }] of answers.entries()) {
      expect((await login(person, passwords[index]!)).status).toBe(status === 200 ? 200 : 401);
    }
  });

  it.each(APART_MS)('outlives no log-in with the old one, %d ms apart', async (ms) => {
    const person = await newAddressee(server);
    const { token } = await secretFor(person);
    const after = async (waitMs: number, send: () => Promise<Answer>) => {
      await sleep(Math.max(0, waitMs));
      return send();
    };
    const [replaced, session] = await Promise.all([
      after(-ms, () => reset({ token, password: NEW_PASSWORD })),
      after(ms, () => login(person, person.password)),
    ]);
    expect(replaced.status).toBe(200);
    expect([200, 401]).toContain(session.status);
    if (session.status === 200) {
      expect(await client.accepts(session.body.token as string)).toBe(false);
    }
    expect((await login(person, person.password)).status).toBe(401);
  });

  it('is one of several changes of a password that are told by mail (S107)', async () => {
    const person = await newAddressee(server);
    const change = { password: NEW_PASSWORD, current_password: person.password };
    expect((await client.put('/user', { bearer: person.token, json: change })).status).toBe(200);
    await newestMail(server, person.email, 'password-changed');
    const set = await gatehouse(
      server,
      ['users', 'set-password', person.username],
      'the third horse\n',
    );
    expect(set).toMatchObject({ code: 0 });
    await newestMail(server, person.email, 'password-changed', 2);
  });
});
