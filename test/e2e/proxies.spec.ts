import { claimsOf } from '../support/client.js';
import { Server, type Variables } from '../support/server.js';

const FORGED = '203.0.113.7';
const CLIENT = '198.51.100.4';
const LOOPBACK = '127.0.0.1';

/** Every way in which a client may say that it is somebody else. */
const SPOOFED = {
  'x-forwarded-for': `${FORGED}, ${CLIENT}`,
  'x-forwarded-host': 'evil.test',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '444',
  'x-real-ip': FORGED,
  'x-client-ip': FORGED,
  'true-client-ip': FORGED,
  forwarded: `for=${FORGED};host=evil.test;proto=https`,
  'x-user-id': '1',
  'x-user-name': 'admin',
  'x-original-url': '/health/live',
  'x-http-method-override': 'DELETE',
};

describe('Headers that a proxy would set', () => {
  /** The addresses that a service keeps of a client that sends them. */
  async function addressesKept(variables: Variables): Promise<unknown[]> {
    const { client } = await Server.start(variables);
    const account = await client.register();
    const json = { username: account.username, password: account.password };
    const { body } = await client.post('/authenticate_user', { json, headers: SPOOFED });
    const bearer = body.token as string;
    const { sessions } = (await client.get('/user/sessions', { bearer })).body;
    const { events } = (await client.get('/user/events?limit=1', { bearer })).body;
    return [sessions[0].address, events[0].address];
  }

  it.each([
    ['no one is believed', {}, LOOPBACK],
    ['another proxy is believed', { TRUST_PROXY: '10.0.0.0/8' }, LOOPBACK],
    ['this proxy is believed', { TRUST_PROXY: '127.0.0.0/8' }, CLIENT],
    ['one proxy is believed', { TRUST_PROXY: '1' }, CLIENT],
    ['two proxies are believed', { TRUST_PROXY: '2' }, FORGED],
    ['those proxies are believed', { TRUST_PROXY: `127.0.0.1, ${CLIENT}` }, FORGED],
  ])('change an address only as TRUST_PROXY says: %s (S72)', async (_, variables, address) => {
    expect(await addressesKept(variables)).toEqual([address, address]);
  });

  it('are warned of once, if they come from an address that is not believed', async () => {
    const server = await Server.start({ TRUST_PROXY: '10.0.0.0/8' });
    await server.client.get('/user');
    await server.client.get('/user', { headers: SPOOFED });
    await server.client.get('/user', { headers: SPOOFED });
    await server.stop();
    const warnings = server.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ msg: expect.stringContaining('set TRUST_PROXY') }]);
    expect(server.stdout).not.toContain(FORGED);
  });

  it.each([{}, { TRUST_PROXY: 'false' }])(
    'are warned of while no proxy is: %j',
    async (variables) => {
      const server = await Server.start(variables);
      await server.client.get('/user', { headers: SPOOFED });
      await server.stop();
      expect(server.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    },
  );

  it('are not warned of if they come from a proxy that is believed', async () => {
    const server = await Server.start({ TRUST_PROXY: '1' });
    await server.client.get('/user', { headers: SPOOFED });
    await server.stop();
    expect(server.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('change no link, no issuer and no user, and are cut if they are believed (S72)', async () => {
    const { client, url } = await Server.start({ TRUST_PROXY: '1' });
    const json = { username: 'susan', password: 'python' };
    const made = await client.post('/api/users', { json, headers: SPOOFED });
    expect(made.headers.get('location')).toBe(`${url}/api/users/1`);
    const { body } = await client.post('/authenticate_user', { json, headers: SPOOFED });
    expect(claimsOf(body.token as string)).toMatchObject({ iss: url, aud: url });
    for (const path of ['/user', '/api/resource', '/user/sessions']) {
      expect((await client.get(path, { headers: SPOOFED })).status).toBe(401);
    }
    for (const path of ['/docs', '/docs-json', '/nowhere', '/user']) {
      const { text, headers } = await client.get(path, { headers: SPOOFED });
      expect([...headers.values()].join() + text).not.toMatch(/evil\.test/);
    }
    const headers = { 'x-forwarded-for': `<script>${'x'.repeat(5000)}` };
    const { token } = (await client.post('/authenticate_user', { json, headers })).body;
    const { sessions } = (await client.get('/user/sessions', { bearer: token as string })).body;
    expect(sessions[0].address).toBe(`<script>${'x'.repeat(56)}`);
  });
});
