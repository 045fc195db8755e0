import { claimsOf } from '../support/client.js';
import { exchange } from '../support/raw-http.js';
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

  it('change no link, no issuer and no user (S72)', async () => {
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
  });
});

describe('The address of a client', () => {
  const ADDRESS = '2001:db8::7';
  let server: Server;

  beforeAll(async () => {
    server = await Server.start({ TRUST_PROXY: '127.0.0.1, 198.51.100.0/24, 2001:db8:1::/48' });
  });

  /** What a session, an event and the log say of where a log-in with these headers came from. */
  async function shown(asked: Server, headers: Record<string, string>): Promise<unknown[]> {
    const { username, password } = await asked.client.register();
    const json = { username, password };
    const answer = await asked.client.post('/authenticate_user', { json, headers });
    const bearer = answer.body.token as string;
    const { sessions } = (await asked.client.get('/user/sessions', { bearer })).body;
    const { events } = (await asked.client.get('/user/events?limit=1', { bearer })).body;
    await asked.client.post('/authenticate_user', { json: { ...json, password: 'no' }, headers });
    const lines = asked.lines.filter(({ event }) => String(event).startsWith('login'));
    return [sessions[0].address, events[0].address, ...lines.slice(-2).map((line) => line.address)];
  }

  it.each([
    ['Azure and IIS', { 'x-forwarded-for': '[2001:db8::7]:51234' }],
    ['AWS', { 'x-forwarded-for': '2001:DB8:0:0:0:0:0:7' }],
    [
      'several proxies',
      { 'x-forwarded-for': `lie, ${ADDRESS}, 198.51.100.4:80,[2001:db8:1::9]:1` },
    ],
    ['RFC 7239', { forwarded: `for=lie, for="[${ADDRESS}]:47011";proto=http;by=203.0.113.43` }],
    ['several of RFC 7239', { forwarded: `for="[${ADDRESS}]", For="198.51.100.4:80";host="a,b"` }],
  ])('is in one form wherever it is shown, as %s write it', async (_, headers) => {
    expect(await shown(server, headers)).toEqual(Array(4).fill(ADDRESS));
  });

  it.each([
    ['hides it', 'unknown'],
    ['has a name for it', '_hidden'],
    ['was asked over a socket of the file system', 'unix:'],
    ['writes something else', `<script>${'x'.repeat(5000)}`],
  ])('is the last one that is known if a proxy %s', async (_, node) => {
    expect(await shown(server, { 'x-forwarded-for': node })).toEqual(Array(4).fill(LOOPBACK));
    const behind = { 'x-forwarded-for': `${ADDRESS}, ${node}, 198.51.100.4` };
    expect(await shown(server, behind)).toEqual(Array(4).fill('198.51.100.4'));
  });

  it('is found behind a number of proxies of which one has no address', async () => {
    const counted = await Server.start({ TRUST_PROXY: '2' });
    const headers = { 'x-forwarded-for': `lie, ${ADDRESS}, unix:` };
    expect(await shown(counted, headers)).toEqual(Array(4).fill(ADDRESS));
    expect(counted.lines.filter(({ context }) => context === 'Proxies')).toEqual([]);
  });

  it('that cannot be read is warned of once, and not repeated in the log', async () => {
    const fresh = await Server.start({ TRUST_PROXY: '1' });
    for (const node of [`198.51.100.4, ${ADDRESS}`, 'hidden-one', 'hidden-two']) {
      await fresh.client.get('/user', { headers: { 'x-forwarded-for': node } });
    }
    await fresh.stop();
    const warnings = fresh.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ msg: expect.stringContaining(`The proxy at ${LOOPBACK}`) }]);
    expect(fresh.output).not.toContain('hidden');
  });

  it('is one of several lines of a header', async () => {
    const { status } = await server.client.get('/user');
    expect(status).toBe(401);
    const answer = await exchange(
      server.port,
      ['GET /user HTTP/1.1', 'Host: a', 'X-Forwarded-For: lie', 'X-Forwarded-For: 192.0.2.9:1']
        .concat('X-Forwarded-For: 198.51.100.4', 'Connection: close', '', '')
        .join('\r\n'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(server.lines.at(-1)).toMatchObject({ event: 'access.refused', address: '192.0.2.9' });
  });

  it('of IPv4 is shown as such on a socket of IPv6', async () => {
    const mapped = await Server.start({ HOST: '::ffff:127.0.0.1', ALLOW_INSECURE_HOST: 'true' });
    expect(await shown(mapped, {})).toEqual(Array(4).fill(LOOPBACK));
    const believing = await mapped.restart({ TRUST_PROXY: LOOPBACK });
    expect(await shown(believing, { 'x-forwarded-for': '::ffff:192.0.2.7' })).toEqual(
      Array(4).fill('192.0.2.7'),
    );
  });
});
