import { dictionary } from '@zxcvbn-ts/language-common';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { uniqueName, type Account, type Client } from '../support/client.js';
import { Server } from '../support/server.js';
import { atOnce } from '../support/tokens.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://accounts.tangerine.example',
  JWT_KEY: randomBytes(48).toString('base64'),
  REGISTRATIONS_PER_HOUR: '0',
  // Thousands are refused.
  LOG_LEVEL: 'error',
};

const MIN_LENGTH = 8;
const COMMON = dictionary['passwords-common'].filter(({ length }) => length >= MIN_LENGTH);

const IS_COMMON = /^is one of the most common/;
const IS_THE_NAME = /^must be more than the username/;
const IS_THE_SERVICE = /^must be more than the name of this service/;

/** How a document of refusal gives the reason; a few are also the service's name. */
const REFUSED =
  /"errors":\[\{"field":"password","detail":"(?:is one of the most common|must be more than the name)/;

const SENDERS = 8;
const NAME = uniqueName();

/** Registers somebody with a password; resolves with the answer's text. Thousands are not held against more. */
function registration(port: number, agent: Agent, password: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    request(
      { port, host: '127.0.0.1', path: '/user', method: 'POST', headers, agent },
      (answer) => {
        readAll(answer).then(resolve, reject);
      },
    )
      .on('error', reject)
      .end(JSON.stringify({ username: NAME, password }));
  });
}

describe('In production a password', () => {
  let server: Server;
  let client: Client;
  let account: Account & { token: string };

  beforeAll(async () => {
    server = await Server.start(PRODUCTION);
    ({ client } = server);
    account = await client.newSession({ password: 'a vault of tangerines' });
  });

  type Send = (password: string, username?: string) => Promise<{ status: number; body: unknown }>;
  const routes: [string, Send][] = [
    [
      'POST /user',
      (password, username = uniqueName()) => client.post('/user', { json: { username, password } }),
    ],
    [
      'POST /api/users',
      (password, username = uniqueName()) =>
        client.post('/api/users', { json: { username, password } }),
    ],
    [
      'PUT /user',
      (password, username) => {
        const json = { username, password, current_password: account.password };
        return client.put('/user', { bearer: account.token, json });
      },
    ],
  ];

  async function expectRefusal(answer: ReturnType<Send>, reason: RegExp, of: string) {
    const { status, body } = await answer;
    expect({ of, status, body }).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'password', detail: expect.stringMatching(reason) }] },
    });
  }

  it('is held against more than 3 000 common ones that are long enough (S5)', () => {
    expect(COMMON.length).toBeGreaterThan(15_000);
  });

  it.each(routes)('that is one of the 200 most common is refused by %s (S5)', async (_, send) => {
    for (const password of COMMON.slice(0, 200)) {
      await expectRefusal(send(password), IS_COMMON, password);
    }
  });

  it('that is common in capitals is refused (S5)', async () => {
    const [, send] = routes[0] as [string, Send];
    for (let index = 200; index < COMMON.length; index += 300) {
      const password = (COMMON[index] ?? '').toUpperCase();
      await expectRefusal(send(password), IS_COMMON, password);
    }
  });

  it('that is any of the common ones is refused (S5)', async () => {
    const accepted: string[] = [];
    const left = [...COMMON];
    const agent = new Agent({ keepAlive: true });
    const sender = async (): Promise<void> => {
      for (let password = left.pop(); password !== undefined; password = left.pop()) {
        const text = await registration(server.port, agent, password);
        if (!REFUSED.test(text)) accepted.push(`${password}: ${text}`);
      }
    };
    await atOnce(SENDERS, sender);
    agent.destroy();
    expect(accepted).toEqual([]);
  }, 300_000);

  it.each(routes)('that is a common pattern is refused by %s (S5)', async (_, send) => {
    for (const password of ['00000000', '87654321', 'abcdefgh', '19871987', 'ABCABCABC']) {
      await expectRefusal(send(password), IS_COMMON, password);
    }
  });

  it.each(routes)('that is made of the username is refused by %s (S6)', async (_, send) => {
    const name = uniqueName('josé');
    const composed = name.normalize('NFC');
    for (const password of [
      composed,
      composed.toUpperCase(),
      name.normalize('NFD'),
      `${name}2026`,
      `!${name}!`,
      name + name,
    ]) {
      await expectRefusal(send(password, name), IS_THE_NAME, password);
    }
  });

  it('that is the present name is refused if the name stays (S6)', async () => {
    const [, send] = routes[2] as [string, Send];
    await expectRefusal(send(account.username), IS_THE_NAME, account.username);
    await expectRefusal(send(account.username.toUpperCase()), IS_THE_NAME, account.username);
  });

  it.each(routes)('that is made of the service’s name is refused by %s (S6)', async (_, send) => {
    for (const password of [
      'Gatehouse',
      'gatehouse2026',
      'Tangerine!',
      'accounts1',
      'accounts.tangerine.example',
    ]) {
      await expectRefusal(send(password), IS_THE_SERVICE, password);
    }
  });

  it('is compared as a whole, so that one which only contains such a word opens the account (S5, S6)', async () => {
    const username = uniqueName();
    for (const [name, password] of [
      [uniqueName(), 'password tangerine'],
      [uniqueName(), 'my gatehouse in spring'],
      [username, `the tangerines of ${username}`],
    ] as const) {
      await client.login(await client.register({ username: name, password }));
    }
  });

  it('may be changed to a good one, and the account is then opened by it alone (S5)', async () => {
    const { token, username, password } = await client.newSession({
      password: 'a vault of mandarins',
    });
    const json = { password: 'a vault of clementines', current_password: password };
    expect((await client.put('/user', { bearer: token, json })).status).toBe(200);
    await client.login({ username, password: json.password });
  });
});

describe('PASSWORD_BLOCKLIST', () => {
  it('is off in development', async () => {
    const { client } = await Server.start();
    await client.login(await client.register({ username: 'miguel', password: 'python' }));
    await client.login(await client.register({ username: 'susan', password: 'password' }));
    await client.login(await client.register({ username: 'gatehouse', password: 'gatehouse' }));
  });

  const register = async (variables: Record<string, string>): Promise<number> => {
    const { client } = await Server.start(variables);
    const json = { username: uniqueName(), password: 'password' };
    return (await client.post('/user', { json })).status;
  };

  it('may be turned on there', async () => {
    expect(await register({ PASSWORD_BLOCKLIST: 'true' })).toBe(400);
  });

  it('may be turned off in production', async () => {
    expect(await register({ ...PRODUCTION, PASSWORD_BLOCKLIST: 'false' })).toBe(201);
  });
});
