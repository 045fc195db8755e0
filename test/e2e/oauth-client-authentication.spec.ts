import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse, gatehouseJson } from '../support/cli.js';
import type { Answer, Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { askForToken, basicOf, registerClient, type RegisteredClient } from '../support/oauth.js';
import type { Server } from '../support/server.js';
import { untilSecond, nowSeconds } from '../support/tokens.js';

const FORM = { grant_type: 'client_credentials' };

describeOnEachDatabase('A client proves who it is', (start) => {
  let server: Server;
  let client: Client;
  let registered: RegisteredClient;

  beforeAll(async () => {
    server = await start();
    ({ client } = server);
    registered = await registerClient(server);
  });

  const ask = (headers: Record<string, string>, form: Record<string, string> = {}) =>
    client.post('/oauth/token', { headers, form: { ...FORM, ...form } });

  const basic = (text: string | Buffer) => ({
    authorization: `Basic ${Buffer.from(text as string).toString('base64')}`,
  });

  function expectRefusal(answer: Answer, status: number, error: string): void {
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    const challenge = status === 401 ? 'Basic realm="gatehouse"' : null;
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
  }

  it('by HTTP Basic, form-encoded or not, or in the body', async () => {
    const { client_id, client_secret } = registered;
    const encoded = (text: string) =>
      [...text].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
    for (const answer of [
      await ask(basic(basicOf(registered))),
      await ask(basic(`${encoded(client_id)}:${encoded(client_secret)}`)),
      await ask(basic(basicOf(registered)), { client_id }),
      await ask(basic(basicOf(registered)), { client_id: '', client_secret: '' }),
      await ask({}, { client_id, client_secret }),
    ]) {
      expect(answer.status).toBe(200);
    }
  });

  it('and is refused with a challenge if the header is wrong, whatever is wrong with it', async () => {
    const { client_id, client_secret } = registered;
    for (const headers of [
      basic(`${client_id}:gts_wrong`),
      basic(`gtc_unknown:${client_secret}`),
      basic(`no client at all:${client_secret}`),
      basic(`${client_id}:`),
      basic(`:${client_secret}`),
      basic(client_id),
      basic(''),
      basic(`${client_id}:${client_secret}x`),
      basic(`${client_id}:${'x'.repeat(5_000)}`),
      basic(`${client_id}:%zz`),
      basic(`${client_id}:%ff`),
      basic(`%00:%00`),
      basic(Buffer.from([0xff, 0x3a, 0xff])),
      { authorization: 'Basic !!!' },
      { authorization: 'Basic' },
      { authorization: `Bearer ${client_secret}` },
      { authorization: `BasicX ${Buffer.from(basicOf(registered)).toString('base64')}` },
    ]) {
      expectRefusal(await ask(headers), 401, 'invalid_client');
    }
  });

  it('and is asked for credentials if there are none, or an id alone', async () => {
    const { client_id } = registered;
    expectRefusal(await ask({}), 401, 'invalid_client');
    expectRefusal(await ask({}, { client_id }), 401, 'invalid_client');
    expectRefusal(await ask({}, { client_id, client_secret: '' }), 401, 'invalid_client');
  });

  it('and is refused without a challenge if the body is wrong', async () => {
    const { client_id, client_secret } = registered;
    const wrong = { client_id, client_secret: 'gts_wrong' };
    expectRefusal(await ask({}, wrong), 400, 'invalid_client');
    expectRefusal(await ask({}, { client_id: 'gtc_x', client_secret }), 400, 'invalid_client');
    expectRefusal(await ask({}, { client_secret }), 400, 'invalid_request');
  });

  it('in one place, not in two (S91)', async () => {
    const { client_id, client_secret } = registered;
    const header = basic(basicOf(registered));
    for (const form of [{ client_secret }, { client_id, client_secret }, { client_id: 'gtc_x' }]) {
      expectRefusal(await ask(header, form), 400, 'invalid_request');
    }
  });

  it('and nothing tells an unknown client, a wrong secret and a disabled client apart (S90)', async () => {
    const disabled = await registerClient(server);
    await gatehouse(server, ['clients', 'disable', disabled.name]);
    const answers = [
      await ask(basic('gtc_AAAAAAAAAAAAAAAAAAAAAA:gts_x')),
      await ask(basic(`${registered.client_id}:gts_x`)),
      await ask(basic(basicOf(disabled))),
    ];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });

  it('and a right secret is never refused because of wrong ones', async () => {
    for (let time = 0; time < 150; time += 1) {
      await ask(basic(`${registered.client_id}:gts_wrong`));
    }
    expect((await askForToken(client, registered)).status).toBe(200);
  });

  it('by its old secret as long as a rotation overlaps, and by the new one', async () => {
    const old = await registerClient(server);
    const rotate = async (overlap: string): Promise<RegisteredClient> => {
      const words = ['clients', 'rotate-secret', old.name, '--overlap', overlap];
      const [rotated] = await gatehouseJson<RegisteredClient>(server, words);
      return { ...old, ...rotated };
    };
    const statusOf = async (which: RegisteredClient) => (await askForToken(client, which)).status;
    const second = await rotate('86400');
    expect([await statusOf(old), await statusOf(second)]).toEqual([200, 200]);
    const third = await rotate('1');
    await untilSecond(nowSeconds() + 2);
    expect([await statusOf(old), await statusOf(second), await statusOf(third)]).toEqual([
      200, 401, 200,
    ]);
    const last = await rotate('0');
    expect([await statusOf(old), await statusOf(third), await statusOf(last)]).toEqual([
      401, 401, 200,
    ]);
  });

  it('and the log tells of a refusal, without what was sent', async () => {
    const answer = await ask(basic(`${registered.client_id}:gts_never-to-be-logged`));
    await eventually(() => {
      expect(server.linesOf(answer)).toMatchObject([
        {
          level: 'info',
          event: 'client.refused',
          outcome: 'failure',
          reason: 'wrong-secret',
          clientId: registered.client_id,
        },
      ]);
    }, 5_000);
    expect(server.output).not.toContain('never-to-be-logged');
    expect(server.output).not.toContain(registered.client_secret);
  });
});
