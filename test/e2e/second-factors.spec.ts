import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse } from '../support/cli.js';
import { claimsOf, type Answer, type Client } from '../support/client.js';
import { newKey } from '../support/keys.js';
import {
  addFactor,
  answer,
  beginFactor,
  begunFactor,
  challengeOf,
  confirmFactor,
  eventsOf,
  logIn,
  logInWithBoth,
  newFactorOwner,
} from '../support/second-factors.js';
import type { Server } from '../support/server.js';
import { atOnce } from '../support/tokens.js';

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const UNKNOWN_RECOVERY_CODE = 'AAAA-AAAA-AAAA-AAAA';

/** So that what is limited here is limited by the rules for codes alone. */
const WITHOUT_LOGIN_LIMITS = {
  LOGIN_MAX_FAILURES: '0',
  ADDRESS_MAX_FAILURES: '0',
  ACCOUNT_MAX_FAILURES: '0',
};

const CODE_INVALID = [400, '/problems/code-invalid'];
const CHALLENGE_INVALID = [401, '/problems/challenge-invalid'];
const UNKNOWN_FACTOR = [404, '/problems/unknown-factor'];
const ONLY_RECOVERY = [429, '/problems/too-many-attempts'];

const outcomeOf = ({ status, body }: Answer): unknown[] => [status, body.type];

const ROUTES = [
  { method: 'GET', path: '/user/factors' },
  { method: 'POST', path: '/user/factors', json: { type: 'totp', current_password: 'x' } },
  { method: 'PUT', path: '/user/factors/any', json: { code: '123456' } },
  { method: 'POST', path: '/user/factors/any/remove', json: { code: '123456' } },
  { method: 'POST', path: '/user/recovery_codes', json: { code: '123456' } },
];

describeOnEachDatabase('Second factors', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start(WITHOUT_LOGIN_LIMITS);
    ({ client } = server);
  });

  async function factorsOf(bearer: string) {
    const { status, body } = await client.get('/user/factors', { bearer });
    expect(status).toBe(200);
    return body as { factors: Record<string, unknown>[]; recovery_codes_left: number };
  }

  const remove = (bearer: string, id: string, json: object) =>
    client.post(`/user/factors/${id}/remove`, { bearer, json });

  const renewCodes = (bearer: string, code: string) =>
    client.post('/user/recovery_codes', { bearer, json: { code } });

  describe('The adding', () => {
    it('tells the secret once, and counts once it is confirmed', async () => {
      const account = await client.newSession();
      const { token, username, password } = account;
      const begun = await beginFactor(client, token, {
        name: 'my phone',
        current_password: password,
      });
      expect([begun.status, begun.body]).toEqual([
        201,
        {
          id: expect.stringMatching(/^[\w-]{22}$/),
          secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
          uri: expect.any(String),
        },
      ]);
      expect(begun.headers.get('cache-control')).toBe('no-store');
      const uri = new URL(begun.body.uri as string);
      expect(decodeURIComponent(uri.pathname)).toBe(`/127.0.0.1:${username}`);
      expect(Object.fromEntries(uri.searchParams)).toEqual({
        ...{ secret: begun.body.secret, issuer: '127.0.0.1' },
        ...{ algorithm: 'SHA1', digits: '6', period: '30' },
      });
      expect(await factorsOf(token)).toEqual({ factors: [], recovery_codes_left: 0 });
      await client.login(account);

      const { app, recoveryCodes } = await addFactor(client, token, account, { name: 'my phone' });
      expect(recoveryCodes).toHaveLength(10);
      for (const code of recoveryCodes) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
      const listed = await factorsOf(token);
      expect(listed).toEqual({
        factors: [
          {
            ...{ id: app.id, type: 'totp', name: 'my phone' },
            created_at: expect.stringMatching(ISO_DATE),
            last_used_at: expect.stringMatching(ISO_DATE),
          },
        ],
        recovery_codes_left: 10,
      });
      expect(server.output).not.toContain(app.secret);
      expect(server.output).not.toContain(recoveryCodes[0]);
      expect((await eventsOf(client, token))[0]).toBe('factor.added');
    });

    it('needs the password, whatever PASSWORD_CHANGE_REQUIRES_CURRENT says (S115)', async () => {
      const { token } = await client.newSession();
      for (const [current_password, detail] of [
        [undefined, 'is needed to add a second factor'],
        ['wrong password', 'is wrong'],
      ]) {
        const { status, body } = await beginFactor(client, token, { current_password });
        expect([status, body.errors]).toEqual([400, [{ field: 'current_password', detail }]]);
      }
    });

    it.each([
      ['type', { type: undefined }],
      ['type', { type: 'sms' }],
      ['type', { type: ['totp'] }],
      ['name', { name: '' }],
      ['name', { name: 'x'.repeat(65) }],
      ['code', { code: 123456 }],
      ['secret', { secret: 'JBSWY3DPEHPK3PXP' }],
    ])('refuses a wrong %s: %j', async (field, wanted) => {
      const { token, password } = await client.newSession();
      const { status, body } = await beginFactor(client, token, {
        current_password: password,
        ...wanted,
      });
      expect([status, body.errors]).toEqual([400, [{ field, detail: expect.any(String) }]]);
    });

    it('of another needs a code, not the password alone (S115)', async () => {
      const owner = await newFactorOwner(client);
      const { token, password, app, recoveryCodes } = owner;
      const missing = await beginFactor(client, token, { current_password: password });
      expect([missing.status, missing.body.errors]).toEqual([
        400,
        [{ field: 'code', detail: 'is needed to add another second factor' }],
      ]);
      for (const code of [app.wrong(), UNKNOWN_RECOVERY_CODE, 'none', '']) {
        const wrong = await beginFactor(client, token, { current_password: password, code });
        expect(outcomeOf(wrong)).toEqual(CODE_INVALID);
      }
      const second = await addFactor(client, token, owner, { code: app.next() });
      expect(second.recoveryCodes).toEqual([]);
      await addFactor(client, token, owner, { code: recoveryCodes[0] });
      const { factors, recovery_codes_left: left } = await factorsOf(token);
      expect([factors.length, left]).toEqual([3, 9]);
    });

    it('of the first ends the other sessions, of the next ones none (S116)', async () => {
      const account = await client.newSession();
      const elsewhere = await client.login(account);
      const { app, recoveryCodes } = await addFactor(client, account.token, account);
      expect(await client.accepts(elsewhere)).toBe(false);
      expect(await client.accepts(account.token)).toBe(true);
      const again = await logInWithBoth(client, account, app.next());
      await addFactor(client, account.token, account, { code: recoveryCodes[0] });
      expect(await client.accepts(again)).toBe(true);
    });

    it('is confirmed by a code of its own, and no recovery code', async () => {
      const owner = await newFactorOwner(client);
      const [first = '', second = ''] = owner.recoveryCodes;
      const app = await begunFactor(client, owner.token, owner, { code: first });
      for (const code of [app.wrong(), second, owner.app.next()]) {
        const refused = await confirmFactor(client, owner.token, app.id, code);
        expect(outcomeOf(refused)).toEqual(CODE_INVALID);
      }
      expect((await factorsOf(owner.token)).factors).toHaveLength(1);
      expect((await confirmFactor(client, owner.token, app.id, app.next())).status).toBe(200);
    });

    it('is not confirmed by what can be no id', async () => {
      const { token } = await server.client.newSession();
      const answers = ['%00', 'a%0Ab', 'x'].map((id) =>
        confirmFactor(server.client, token, id, '123456'),
      );
      const types = (await Promise.all(answers)).map(({ body }) => body.type);
      expect(types).toEqual(Array(3).fill('/problems/unknown-factor'));
    });

    it('replaces one that was not confirmed', async () => {
      const account = await client.newSession();
      const first = await begunFactor(client, account.token, account);
      const second = await begunFactor(client, account.token, account);
      expect(outcomeOf(await confirmFactor(client, account.token, first.id, first.next()))).toEqual(
        UNKNOWN_FACTOR,
      );
      expect((await confirmFactor(client, account.token, second.id, second.next())).status).toBe(
        200,
      );
    });

    it('is refused once there are ten', async () => {
      const owner = await newFactorOwner(client);
      const { token, password, recoveryCodes } = owner;
      for (const code of recoveryCodes.slice(0, 9)) await addFactor(client, token, owner, { code });
      const refused = await beginFactor(client, token, {
        current_password: password,
        code: recoveryCodes[9],
      });
      expect(outcomeOf(refused)).toEqual([409, '/problems/too-many-factors']);
      // Nothing happened, so that the code is still good.
      const { factors, recovery_codes_left: left } = await factorsOf(token);
      expect([factors.length, left]).toEqual([10, 1]);
    }, 60_000);

    it('can be confirmed again, by somebody whose answer was lost', async () => {
      const account = await client.newSession();
      const app = await begunFactor(client, account.token, account);
      const [code, next] = [app.next(), app.next()];
      const answers = await atOnce(2, () => confirmFactor(client, account.token, app.id, code));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
      const again = await confirmFactor(client, account.token, app.id, next);
      expect([again.status, again.body]).toEqual([200, { message: 'Second factor added' }]);
    });

    it('leaves no session of a log-in by password that ran beside it (S116)', async () => {
      for (let round = 0; round < 8; round += 1) {
        const account = await client.newSession();
        const app = await begunFactor(client, account.token, account);
        const logIns = atOnce(3, () => logIn(client, account));
        const confirmed = await confirmFactor(client, account.token, app.id, app.next());
        expect(confirmed.status).toBe(200);
        for (const { status, body } of await logIns) {
          expect([200, 401]).toContain(status);
          if (status === 200) expect(await client.accepts(body.token as string)).toBe(false);
        }
        const { body } = await client.get('/user/sessions', { bearer: account.token });
        expect(body.sessions).toHaveLength(1);
      }
    }, 60_000);
  });

  describe('A log-in', () => {
    it('asks for a code after the right password, and tells nothing else (S17, S112)', async () => {
      const owner = await newFactorOwner(client);
      const { status, body, headers } = await logIn(client, owner);
      expect([status, body]).toEqual([
        401,
        {
          type: '/problems/second-factor-required',
          title: 'Second factor required',
          status: 401,
          detail: expect.any(String),
          challenge: expect.stringMatching(/^[\w-]{43}$/),
          factors: ['totp'],
          expires_in: 300,
        },
      ]);
      expect(headers.get('cache-control')).toBe('no-store');
      const wrong = await logIn(client, { ...owner, password: 'wrong password' });
      expect(outcomeOf(wrong)).toEqual([401, '/problems/invalid-login']);
    });

    it('is completed by a code, and says how it was proved', async () => {
      const owner = await newFactorOwner(client);
      const before = (await eventsOf(client, owner.token)).filter(
        (type) => type === 'login.succeeded',
      );
      const challenge = await challengeOf(client, owner);
      const between = (await eventsOf(client, owner.token)).filter(
        (type) => type === 'login.succeeded',
      );
      expect(between).toEqual(before);
      const { status, body } = await answer(client, challenge, owner.app.next());
      expect(status).toBe(200);
      expect(claimsOf(body.token as string).amr).toEqual(['pwd', 'otp', 'mfa']);
      expect((await eventsOf(client, body.token as string))[0]).toBe('login.succeeded');
      expect(await client.accepts(body.token as string)).toBe(true);
    });

    it('is completed by a recovery code, once, in any spelling (S111)', async () => {
      const owner = await newFactorOwner(client);
      const [code = ''] = owner.recoveryCodes;
      const token = await logInWithBoth(
        client,
        owner,
        ` ${code.toLowerCase().replaceAll('-', ' ')}`,
      );
      expect(claimsOf(token).amr).toEqual(['pwd', 'mfa']);
      expect((await factorsOf(token)).recovery_codes_left).toBe(9);
      const again = await answer(client, await challengeOf(client, owner), code);
      expect(outcomeOf(again)).toEqual(CODE_INVALID);
    });

    it('takes a code with a space in it, as apps show it', async () => {
      const owner = await newFactorOwner(client);
      const code = owner.app.next();
      await logInWithBoth(client, owner, `${code.slice(0, 3)} ${code.slice(3)}`);
    });

    it('takes a code once, wherever it was used (S109)', async () => {
      const owner = await newFactorOwner(client);
      const code = owner.app.next();
      const token = await logInWithBoth(client, owner, code);
      expect(outcomeOf(await answer(client, await challengeOf(client, owner), code))).toEqual(
        CODE_INVALID,
      );
      expect(outcomeOf(await renewCodes(token, code))).toEqual(CODE_INVALID);
      expect(outcomeOf(await remove(token, owner.app.id, { code }))).toEqual(CODE_INVALID);
    });

    it('of several with one code at once is completed once (S109)', async () => {
      const owner = await newFactorOwner(client);
      const codes = [owner.app.next(), owner.recoveryCodes[0] ?? ''];
      for (const code of codes) {
        const challenges = [];
        while (challenges.length < 5) challenges.push(await challengeOf(client, owner));
        const answers = await Promise.all(challenges.map((each) => answer(client, each, code)));
        const statuses = answers.map(({ status }) => status).sort();
        expect(statuses).toEqual([200, 400, 400, 400, 400]);
      }
    });

    it('of several with one challenge at once is completed once, and spends one code (S113)', async () => {
      const owner = await newFactorOwner(client);
      const challenge = await challengeOf(client, owner);
      const codes = owner.recoveryCodes.slice(0, 5);
      const answers = await Promise.all(codes.map((code) => answer(client, challenge, code)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
      const { body } = answers.find(({ status }) => status === 200)!;
      expect((await factorsOf(body.token as string)).recovery_codes_left).toBe(9);
      expect(outcomeOf(await answer(client, challenge, owner.app.next()))).toEqual(
        CHALLENGE_INVALID,
      );
    });

    it('is void after five wrong codes, however many come at once (S113)', async () => {
      const owner = await newFactorOwner(client);
      const challenge = await challengeOf(client, owner);
      const answers = await atOnce(20, () => answer(client, challenge, UNKNOWN_RECOVERY_CODE));
      const outcomes = answers.map(outcomeOf);
      expect(outcomes.filter(([status]) => status === 400)).toHaveLength(5);
      expect(outcomes.filter(([status]) => status === 401)).toHaveLength(15);
      expect(outcomeOf(await answer(client, challenge, owner.app.next()))).toEqual(
        CHALLENGE_INVALID,
      );
      const failures = (await eventsOf(client, owner.token)).filter(
        (type) => type === 'factor.failed',
      );
      expect(failures).toHaveLength(5);
    });

    it('is void after a change of the password (S113)', async () => {
      const owner = await newFactorOwner(client);
      const challenge = await challengeOf(client, owner);
      const changed = await client.put('/user', {
        bearer: owner.token,
        json: { password: 'battery staple', current_password: owner.password },
      });
      expect(changed.status).toBe(200);
      expect(outcomeOf(await answer(client, challenge, owner.app.next()))).toEqual(
        CHALLENGE_INVALID,
      );
    });

    it('is void after a change of the factors (S113)', async () => {
      const owner = await newFactorOwner(client);
      const challenge = await challengeOf(client, owner);
      const second = await addFactor(client, owner.token, owner, { code: owner.recoveryCodes[0] });
      expect(outcomeOf(await answer(client, challenge, second.app.next()))).toEqual(
        CHALLENGE_INVALID,
      );
      const other = await challengeOf(client, owner);
      const { status } = await remove(owner.token, second.app.id, { code: owner.recoveryCodes[1] });
      expect(status).toBe(200);
      expect(outcomeOf(await answer(client, other, owner.app.next()))).toEqual(CHALLENGE_INVALID);
    });

    it.each(['', 'unknown', 'A'.repeat(43), 'A'.repeat(5000)])(
      'is refused for what is no challenge (%#)',
      async (challenge) => {
        expect(outcomeOf(await answer(client, challenge, '123456'))).toEqual(CHALLENGE_INVALID);
      },
    );

    it.each([[{}], [{ challenge: 'A'.repeat(43) }], [{ challenge: 7, code: '123456' }]])(
      'is 400 for a body that is none: %j',
      async (json) => {
        const { status, body } = await client.post('/authenticate_user/verify', { json });
        expect([status, body.type]).toEqual([400, '/problems/validation-failed']);
      },
    );

    it('is not possible any more after ten wrong codes in an hour, but by a recovery code (S114)', async () => {
      const owner = await newFactorOwner(client);
      const { token, app, recoveryCodes } = owner;
      for (let round = 0; round < 2; round += 1) {
        const challenge = await challengeOf(client, owner);
        const answers = await atOnce(5, () => answer(client, challenge, app.wrong()));
        expect(answers.map(outcomeOf)).toEqual(answers.map(() => CODE_INVALID));
      }
      const challenge = await challengeOf(client, owner);
      const code = app.next();
      const limited = await answer(client, challenge, code);
      expect(outcomeOf(limited)).toEqual(ONLY_RECOVERY);
      expect(limited.body.detail).toContain('recovery code');
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(3500);
      expect(outcomeOf(await renewCodes(token, code))).toEqual(ONLY_RECOVERY);
      // What was limited took none of the five tries of the challenge.
      await atOnce(5, () => answer(client, challenge, code));
      expect((await answer(client, challenge, recoveryCodes[0] ?? '')).status).toBe(200);
      // Its completion is no reason to let the others guess on.
      const other = await challengeOf(client, owner);
      expect(outcomeOf(await answer(client, other, code))).toEqual(ONLY_RECOVERY);
    });

    it('compares ten wrong codes at the most, however many come at once (S114)', async () => {
      const owner = await newFactorOwner(client);
      const challenges = [];
      while (challenges.length < 6) challenges.push(await challengeOf(client, owner));
      const answers = await Promise.all(
        challenges.flatMap((challenge) =>
          [1, 2, 3, 4].map(() => answer(client, challenge, owner.app.wrong())),
        ),
      );
      const outcomes = answers.map(outcomeOf);
      expect(outcomes.filter(([status]) => status === 400)).toHaveLength(10);
      expect(outcomes.filter(([status]) => status === 429)).toHaveLength(14);
    });

    it('of a disabled account cannot be completed', async () => {
      const owner = await newFactorOwner(client);
      const challenge = await challengeOf(client, owner);
      expect((await gatehouse(server, ['users', 'disable', owner.username])).code).toBe(0);
      expect(outcomeOf(await answer(client, challenge, owner.app.next()))).toEqual(
        CHALLENGE_INVALID,
      );
    });
  });

  describe('The removal', () => {
    it('needs a code, and not the password (S115)', async () => {
      const { token, app, password } = await newFactorOwner(client);
      const withPassword = await remove(token, app.id, { current_password: password });
      expect(withPassword.status).toBe(400);
      for (const code of [password, app.wrong(), UNKNOWN_RECOVERY_CODE]) {
        expect(outcomeOf(await remove(token, app.id, { code }))).toEqual(CODE_INVALID);
      }
      expect((await factorsOf(token)).factors).toHaveLength(1);
    });

    it('of the last lets the password log in again, and takes the recovery codes', async () => {
      const owner = await newFactorOwner(client);
      const { token, app, recoveryCodes } = owner;
      const removed = await remove(token, app.id, { code: recoveryCodes[0] });
      expect([removed.status, removed.body]).toEqual([200, { message: 'Second factor removed' }]);
      expect(await factorsOf(token)).toEqual({ factors: [], recovery_codes_left: 0 });
      expect(claimsOf(await client.login(owner)).amr).toEqual(['pwd']);
      expect((await eventsOf(client, token)).slice(0, 2)).toContain('factor.removed');
      const again = await addFactor(client, token, owner);
      expect(again.recoveryCodes).toHaveLength(10);
    });

    it('of one of two leaves the other', async () => {
      const owner = await newFactorOwner(client);
      const { token, app, recoveryCodes } = owner;
      const second = await addFactor(client, token, owner, { code: recoveryCodes[0] });
      expect((await remove(token, app.id, { code: second.app.next() })).status).toBe(200);
      const { factors } = await factorsOf(token);
      expect(factors.map(({ id }) => id)).toEqual([second.app.id]);
      expect(outcomeOf(await answer(client, await challengeOf(client, owner), app.next()))).toEqual(
        CODE_INVALID,
      );
    });

    it("is 404 for another user's factor, and for what is none, and spends no code", async () => {
      const owner = await newFactorOwner(client);
      const other = await newFactorOwner(client);
      const [code] = owner.recoveryCodes;
      for (const id of [other.app.id, 'AAAAAAAAAAAAAAAAAAAAAA', 'nothing']) {
        expect(outcomeOf(await remove(owner.token, id, { code }))).toEqual(UNKNOWN_FACTOR);
        const confirmed = await confirmFactor(client, owner.token, id, '123456');
        expect(outcomeOf(confirmed)).toEqual(UNKNOWN_FACTOR);
      }
      expect((await factorsOf(owner.token)).recovery_codes_left).toBe(10);
      expect((await factorsOf(other.token)).factors).toHaveLength(1);
    });
  });

  describe('Recovery codes', () => {
    it('are made for a code, in place of those before', async () => {
      const owner = await newFactorOwner(client);
      const { status, body } = await renewCodes(owner.token, owner.app.next());
      const made = body.recovery_codes as string[];
      expect([status, body]).toEqual([200, { recovery_codes: expect.any(Array) }]);
      expect(new Set([...made, ...owner.recoveryCodes]).size).toBe(20);
      const challenge = await challengeOf(client, owner);
      const old = await answer(client, challenge, owner.recoveryCodes[0] ?? '');
      expect(outcomeOf(old)).toEqual(CODE_INVALID);
      expect((await answer(client, challenge, made[9] ?? '')).status).toBe(200);
    });

    it('are not made without a factor', async () => {
      const { token } = await client.newSession();
      expect(outcomeOf(await renewCodes(token, '123456'))).toEqual(UNKNOWN_FACTOR);
    });
  });

  describe('Other credentials', () => {
    it('are an API key in the place of HTTP Basic with a password (S112)', async () => {
      const owner = await newFactorOwner(client);
      const { key } = await newKey(client, owner.token);
      for (const path of ['/api/token', '/api/resource']) {
        const { status, body, headers } = await client.get(path, {
          basic: `${owner.username}:${owner.password}`,
        });
        expect([status, body.type]).toEqual([401, '/problems/invalid-login']);
        expect(body.detail).toContain('API key');
        expect(headers.get('www-authenticate')).toMatch(/^Basic /);
        const wrong = await client.get(path, { basic: `${owner.username}:wrong password` });
        expect(wrong.body.detail).toBe('Invalid username or password');
      }
      expect((await client.get('/api/resource', { basic: `${key}:` })).status).toBe(200);
      const token = await logInWithBoth(client, owner, owner.app.next());
      expect((await client.get('/api/token', { basic: `${token}:` })).status).toBe(200);
      const succeeded = (await eventsOf(client, token)).filter(
        (type) => type === 'login.succeeded',
      );
      expect(succeeded).toHaveLength(2);
    });

    it.each(ROUTES)('are 403 and 401 for $method $path', async ({ method, path, json }) => {
      const { token } = await client.newSession();
      const { key } = await newKey(client, token);
      const byKey = await client.request(method, path, { bearer: key, json });
      expect(outcomeOf(byKey)).toEqual([403, '/problems/not-with-a-key']);
      expect((await client.request(method, path, { json })).status).toBe(401);
    });
  });
});

describeOnEachDatabase('With second factors, the limits of log-ins', (start) => {
  let client: Client;

  beforeEach(async () => {
    ({ client } = await start({ LOGIN_MAX_FAILURES: '3', LOGIN_WINDOW: '3600' }));
  });

  const failures = async (account: { username: string }, count: number) => {
    for (let time = 0; time < count; time += 1) {
      const { status } = await logIn(client, { ...account, password: 'wrong password' });
      expect(status).toBe(401);
    }
  };

  it('are not reset by the right password alone, and are by a completed log-in (S112)', async () => {
    const owner = await newFactorOwner(client);
    await failures(owner, 2);
    await logInWithBoth(client, owner, owner.app.next());
    await failures(owner, 2);
    await challengeOf(client, owner);
    await failures(owner, 1);
    expect((await logIn(client, owner)).status).toBe(429);
  });

  it('count wrong codes, at the log-in and elsewhere', async () => {
    const owner = await newFactorOwner(client);
    const challenge = await challengeOf(client, owner);
    for (const ask of [
      () => answer(client, challenge, UNKNOWN_RECOVERY_CODE),
      () =>
        client.post('/user/recovery_codes', {
          bearer: owner.token,
          json: { code: UNKNOWN_RECOVERY_CODE },
        }),
      () => answer(client, challenge, UNKNOWN_RECOVERY_CODE),
    ]) {
      expect(outcomeOf(await ask())).toEqual(CODE_INVALID);
    }
    const [code = ''] = owner.recoveryCodes;
    expect((await answer(client, challenge, code)).status).toBe(429);
    expect((await logIn(client, owner)).status).toBe(429);
  });

  it('count a wrong current password at the adding of a factor', async () => {
    const { token, password } = await client.newSession();
    for (let time = 0; time < 3; time += 1) {
      expect((await beginFactor(client, token, { current_password: 'wrong' })).status).toBe(400);
    }
    expect((await beginFactor(client, token, { current_password: password })).status).toBe(429);
  });
});
