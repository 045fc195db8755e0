import { describeOnEachDatabase } from '../support/backends.js';
import { claimsOf, type Client } from '../support/client.js';
import { newKey } from '../support/keys.js';
import {
  mailsTo,
  newAddressee,
  newestMail,
  newestSecret,
  rivalTokens,
  uniqueAddress,
  wantAddress,
} from '../support/mails.js';
import { basicOf, registerClient } from '../support/oauth.js';
import { addFactor } from '../support/second-factors.js';
import { Server } from '../support/server.js';
import { TEST_KEY } from '../support/tokens.js';

const VERIFIED = [200, { message: 'Address verified' }];
const REFUSED = [400, '/problems/code-invalid'];
const NEW_PASSWORD = 'battery staple';

const json = { current_password: 'x', email: 'susan@example.org' };

const ROUTES = [
  { method: 'GET', path: '/user/email', json: undefined },
  { method: 'PUT', path: '/user/email', json },
  { method: 'POST', path: '/user/email/remove', json: { current_password: 'x' } },
  { method: 'POST', path: '/user/email/verify', json: { token: 'x' } },
] as const;

describeOnEachDatabase('The address of an account', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start();
    ({ client } = server);
  });

  async function addressOf(bearer: string): Promise<unknown> {
    const { status, body } = await client.get('/user/email', { bearer });
    expect(status).toBe(200);
    return body;
  }

  async function eventsOf(bearer: string): Promise<string[]> {
    const { body } = await client.get('/user/events', { bearer });
    return (body.events as { type: string }[]).map(({ type }) => type);
  }

  const verify = (bearer: string, secret: object) =>
    client.post('/user/email/verify', { bearer, json: secret });

  const remove = (bearer: string, current_password?: string) =>
    client.post('/user/email/remove', { bearer, json: { current_password } });

  it('is none at first', async () => {
    const { token } = await client.newSession();
    expect(await addressOf(token)).toEqual({ email: null, verified: false });
  });

  it('is verified by the link of the mail to it', async () => {
    const person = await client.newSession();
    const email = uniqueAddress();
    const wanted = await wantAddress(client, person, email);
    expect([wanted.status, wanted.body]).toEqual([
      202,
      { id: expect.stringMatching(/^[\w-]{22}$/) },
    ]);
    expect(await addressOf(person.token)).toEqual({ email, verified: false });
    expect(await eventsOf(person.token)).not.toContain('email.verified');

    const { token } = await newestSecret(server, email, 'verify-address');
    const answer = await verify(person.token, { token });
    expect([answer.status, answer.body]).toEqual(VERIFIED);
    expect(await addressOf(person.token)).toEqual({ email, verified: true });
    expect((await eventsOf(person.token))[0]).toBe('email.verified');
  });

  it('is verified by the code of the mail, beside the id that the request was answered', async () => {
    const person = await client.newSession();
    const email = uniqueAddress();
    const { id } = (await wantAddress(client, person, email)).body as { id: string };
    const { code } = await newestSecret(server, email, 'verify-address');
    const other = await wantAddress(client, await client.newSession(), uniqueAddress());
    for (const wrong of [other.body.id as string, 'A'.repeat(22), 'a\0b', '']) {
      const refused = await verify(person.token, { id: wrong, code });
      expect([refused.status, refused.body.type]).toEqual(REFUSED);
    }
    const typed = code.toLowerCase().replace('-', ' ');
    const answer = await verify(person.token, { id, code: typed });
    expect([answer.status, answer.body]).toEqual(VERIFIED);
  });

  it('is not verified twice by one mail', async () => {
    const person = await client.newSession();
    const email = uniqueAddress();
    const { id } = (await wantAddress(client, person, email)).body as { id: string };
    const { token, code } = await newestSecret(server, email, 'verify-address');
    expect((await verify(person.token, { token })).status).toBe(200);
    for (const secret of [{ token }, { id, code }]) {
      const again = await verify(person.token, secret);
      expect([again.status, again.body.type]).toEqual(REFUSED);
    }
  });

  it('is not verified by a wrong code, nor by the right one after five (S102)', async () => {
    const person = await client.newSession();
    const email = uniqueAddress();
    const { id } = (await wantAddress(client, person, email)).body as { id: string };
    const { token, code } = await newestSecret(server, email, 'verify-address');
    const wrong = code.startsWith('A') ? `B${code.slice(1)}` : `A${code.slice(1)}`;
    for (const each of [wrong, '', 'x', wrong, wrong, code]) {
      const refused = await verify(person.token, { id, code: each });
      expect([refused.status, refused.body.type]).toEqual(REFUSED);
    }
    // The code has 50 bits; nobody guesses the link.
    expect((await verify(person.token, { token })).status).toBe(200);
  });

  it('counts wrong codes as failed log-ins', async () => {
    const person = await client.newSession();
    for (let time = 0; time < 10; time += 1) {
      expect((await verify(person.token, { token: `wrong ${time}` })).status).toBe(400);
    }
    const refused = await verify(person.token, { token: 'wrong' });
    expect([refused.status, refused.body.type]).toEqual([429, '/problems/too-many-attempts']);
    const { username, password } = person;
    const login = await client.post('/authenticate_user', { json: { username, password } });
    expect(login.status).toBe(429);
    expect(await eventsOf(person.token)).toContain('login.failed');
  });

  it('is not verified by somebody else, and the mail stays good', async () => {
    const person = await client.newSession();
    const mallory = await client.newSession();
    const email = uniqueAddress();
    const { id } = (await wantAddress(client, person, email)).body as { id: string };
    const { token, code } = await newestSecret(server, email, 'verify-address');
    expect((await wantAddress(client, mallory, email)).status).toBe(202);
    for (const secret of [{ token }, { id, code }]) {
      const refused = await verify(mallory.token, secret);
      expect([refused.status, refused.body.type]).toEqual(REFUSED);
    }
    expect(await addressOf(mallory.token)).toMatchObject({ verified: false });
    expect((await verify(person.token, { token })).status).toBe(200);
  });

  it.each([
    'susan',
    'susan@example.org,mallory@example.org',
    'susan@example.org\r\nBcc: mallory@example.org',
    '"a@b.example, c"@example.org',
    'Susan <susan@example.org>',
    'süsan@example.org',
    ' susan@example.org',
    `${'a'.repeat(250)}@b.cd`,
    7,
    ['susan@example.org', 'mallory@example.org'],
  ])('cannot be %j', async (email) => {
    const { token: bearer, password } = await client.newSession();
    const answer = await client.put('/user/email', {
      bearer,
      json: { email, current_password: password },
    });
    expect([answer.status, answer.body.errors]).toEqual([
      400,
      [{ field: 'email', detail: expect.any(String) }],
    ]);
    expect(await addressOf(bearer)).toEqual({ email: null, verified: false });
  });

  it('is set and removed with the current password alone (S101)', async () => {
    const { token, email } = await newAddressee(server);
    const other = uniqueAddress();
    for (const current_password of [undefined, 'wrong', '']) {
      const set = { email: other, current_password };
      const answers = [
        await client.put('/user/email', { bearer: token, json: set }),
        await remove(token, current_password),
      ];
      for (const { status, body } of answers) {
        expect([status, body.errors]).toEqual([
          400,
          [{ field: 'current_password', detail: expect.any(String) }],
        ]);
      }
    }
    expect(await addressOf(token)).toEqual({ email, verified: true });
    expect(await mailsTo(server, other)).toEqual([]);
  });

  it('is set and removed with a code too, if the account has a second factor', async () => {
    const person = await newAddressee(server);
    const { app, recoveryCodes } = await addFactor(client, person.token, person);
    const next = uniqueAddress();
    const set = (code?: string) =>
      client.put('/user/email', {
        bearer: person.token,
        json: { email: next, current_password: person.password, code },
      });
    const removeWith = (code?: string) =>
      client.post('/user/email/remove', {
        bearer: person.token,
        json: { current_password: person.password, code },
      });
    for (const change of [set, removeWith]) {
      expect((await change()).body.errors).toEqual([
        { field: 'code', detail: expect.stringMatching(/^is needed to (set|remove)/) },
      ]);
      const { status, body } = await change(app.wrong());
      expect([status, body.type]).toEqual(REFUSED);
    }
    expect(await addressOf(person.token)).toEqual({ email: person.email, verified: true });
    const code = recoveryCodes[0];
    expect((await set(code)).status).toBe(202);
    expect((await removeWith(code)).status).toBe(400);
    expect((await removeWith(app.next())).status).toBe(200);
  });

  it('stands until a new one is verified, which it is told (S100)', async () => {
    const person = await newAddressee(server);
    const next = uniqueAddress();
    expect((await wantAddress(client, person, next)).status).toBe(202);
    const { token } = await newestSecret(server, next, 'verify-address');
    expect(await addressOf(person.token)).toEqual({ email: person.email, verified: true });
    expect((await verify(person.token, { token })).status).toBe(200);
    expect(await addressOf(person.token)).toEqual({ email: next, verified: true });
    const { text } = await newestMail(server, person.email, 'address-changed');
    expect(text).toContain('…@example.org');
    expect(text).not.toContain(next);
    expect((await mailsTo(server, next)).map(({ kind }) => kind)).toEqual(['verify-address']);
  });

  it('is told of its removal, which can be repeated', async () => {
    const person = await newAddressee(server);
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await remove(person.token, person.password);
      expect([status, body]).toEqual([200, { message: 'Address removed' }]);
      expect(await addressOf(person.token)).toEqual({ email: null, verified: false });
    }
    await newestMail(server, person.email, 'address-removed');
    const events = await eventsOf(person.token);
    expect(events.filter((type) => type === 'email.removed')).toHaveLength(1);
  });

  it('is not verified by a mail that was sent before it was removed, or another one was wanted', async () => {
    const person = await client.newSession();
    const [first, second] = [uniqueAddress(), uniqueAddress()];
    await wantAddress(client, person, first);
    const { token: earlier } = await newestSecret(server, first, 'verify-address');
    await wantAddress(client, person, second);
    const { token: later } = await newestSecret(server, second, 'verify-address');
    const refused = await verify(person.token, { token: earlier });
    expect([refused.status, refused.body.type]).toEqual(REFUSED);
    expect((await remove(person.token, person.password)).status).toBe(200);
    const afterwards = await verify(person.token, { token: later });
    expect([afterwards.status, afterwards.body.type]).toEqual(REFUSED);
    expect(await addressOf(person.token)).toEqual({ email: null, verified: false });
  });

  it('is not verified by an earlier mail if a later one, for another address, was not sent', async () => {
    const person = await client.newSession();
    const wanted = [uniqueAddress(), uniqueAddress(), uniqueAddress()];
    for (const email of wanted) {
      expect((await wantAddress(client, person, email)).status).toBe(202);
      await newestMail(server, email, 'verify-address');
    }
    const { token } = await newestSecret(server, wanted[2]!, 'verify-address');
    // The fourth in an hour.
    expect((await wantAddress(client, person, uniqueAddress())).status).toBe(202);
    const refused = await verify(person.token, { token });
    expect([refused.status, refused.body.type]).toEqual(REFUSED);
  });

  it('is not verified by a mail from before a change of the password', async () => {
    const person = await client.newSession();
    const email = uniqueAddress();
    await wantAddress(client, person, email);
    const { token } = await newestSecret(server, email, 'verify-address');
    const changed = await client.put('/user', {
      bearer: person.token,
      json: { password: NEW_PASSWORD, current_password: person.password },
    });
    const refused = await verify(changed.body.token as string, { token });
    expect([refused.status, refused.body.type]).toEqual(REFUSED);
  });

  it('belongs to nobody before it is verified, and to the first who verifies it (S100)', async () => {
    const email = uniqueAddress();
    const squatter = await client.newSession();
    const owner = await client.newSession();
    const [theirs, own] = await rivalTokens(server, [squatter, owner], email);
    expect((await verify(owner.token, { token: own })).status).toBe(200);
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await verify(squatter.token, { token: theirs });
      expect([status, body.type]).toEqual([409, '/problems/email-taken']);
    }
    expect(await addressOf(owner.token)).toEqual({ email, verified: true });
    expect(await addressOf(squatter.token)).toMatchObject({ verified: false });
    // It is free again once its owner has none.
    expect((await remove(owner.token, owner.password)).status).toBe(200);
    expect((await verify(squatter.token, { token: theirs })).status).toBe(200);
  });

  it('belongs to one of two who verify it at once', async () => {
    const email = uniqueAddress();
    const people = [await client.newSession(), await client.newSession()];
    const tokens = await rivalTokens(server, people, email);
    const answers = await Promise.all(
      people.map(({ token: bearer }, index) => verify(bearer, { token: tokens[index] })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('is the same in any case: another account cannot have it in capitals', async () => {
    const { email } = await newAddressee(server);
    const other = await client.newSession();
    await wantAddress(client, other, email.toUpperCase());
    const { token } = await newestSecret(server, email, 'verify-address', 2);
    const { status, body } = await verify(other.token, { token });
    expect([status, body.type]).toEqual([409, '/problems/email-taken']);
  });

  it('is not told by the answer whether another account has it', async () => {
    const { email } = await newAddressee(server);
    const other = await wantAddress(client, await client.newSession(), email);
    expect([other.status, Object.keys(other.body as object)]).toEqual([202, ['id']]);
  });

  it('is never a claim of a token (S100)', async () => {
    const { email, username, password } = await newAddressee(server);
    const token = await client.login({ username, password });
    expect(JSON.stringify(claimsOf(token))).not.toContain(email);
  });

  it('is not verified by opening the link, which goes on to work', async () => {
    const person = await client.newSession();
    const email = uniqueAddress();
    await wantAddress(client, person, email);
    const { token } = await newestSecret(server, email, 'verify-address');
    for (const path of ['/user/email/verify', `/user/email/verify?token=${token}`]) {
      for (const options of [{}, { bearer: person.token }]) {
        const { status, headers } = await client.get(path, options);
        expect([status, headers.get('allow')]).toEqual([405, 'POST']);
      }
    }
    expect((await verify(person.token, { token })).status).toBe(200);
  });

  it.each([{}, { id: 'x' }, { code: 'x' }, { token: 'x', id: 'x', code: 'x' }, { token: ['x'] }])(
    'is verified by a token or by an id and a code, and not by %j',
    async (secret) => {
      const { token } = await client.newSession();
      const { status, body } = await verify(token, secret);
      expect([status, body.type]).toEqual([400, '/problems/validation-failed']);
    },
  );

  it.each(ROUTES)('is out of reach of keys and clients: $method $path', async (route) => {
    const { token } = await client.newSession();
    const { key } = await newKey(client, token);
    const program = await registerClient(server);
    const form = { grant_type: 'client_credentials' };
    const { body } = await client.post('/oauth/token', { form, basic: basicOf(program) });
    const ask = (bearer: string) => client.request(route.method, route.path, { ...route, bearer });
    const byKey = await ask(key);
    expect([byKey.status, byKey.body.type]).toEqual([403, '/problems/not-with-a-key']);
    const byClient = await ask(body.access_token as string);
    expect([byClient.status, byClient.body.type]).toEqual([403, '/problems/not-a-user']);
    const byNobody = await client.request(route.method, route.path, { json: route.json });
    expect(byNobody.status).toBe(401);
  });
});

describe('In production without a mail server', () => {
  it('the routes of mails answer 404, to who is logged in and to who is not', async () => {
    const { client } = await Server.start({
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://auth.example.com',
      JWT_KEY: TEST_KEY,
    });
    const { token: bearer } = await client.newSession();
    const answers = [
      ...(await Promise.all(
        ROUTES.map((route) => client.request(route.method, route.path, { ...route, bearer })),
      )),
      await client.post('/password/forgot', { json: { username: 'miguel' } }),
      await client.post('/password/reset', { json: { token: 'x', password: NEW_PASSWORD } }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.type]).toEqual([404, '/problems/not-found']);
    }
  });
});
