import { EventEmitter, once } from 'node:events';
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gatehouse } from '../support/cli.js';
import { uniqueName, type Account } from '../support/client.js';
import { codeBlockOf, replaced } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { freePort } from '../support/processes.mjs';
import { startCaddy, startNginx } from '../support/programs.js';
import { exchange } from '../support/raw-http.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server, type Variables } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { logOut } from '../support/tokens.js';

const GUIDE = 'docs/guides/forward-auth.md';
/** Where a client asks from that is not the proxy's address. */
const CLIENT = '127.0.0.2';

/** What clients may write in the hope that the site takes it for the proxy's word. */
const LIES = [
  ['X-User-Id: 999', 'X-User-Name: root', 'x-user-NAME: root', 'X-User-Roles: admin'],
  ['X-User-Roles: admin', 'X-Client-Id: gtc_admin', 'X-Auth-Scope: all', 'x-auth-SCOPE: all'],
  ['X_User_Roles: admin', 'X-User_Roles: admin', 'X_Client-Id: a', 'X_Auth_Scope: all'],
  ['X-Auth-Methods: mfa', 'x-auth-METHODS: mfa', 'X_Auth_Methods: mfa', 'X-Auth_Methods: mfa'],
  ['X_Auth-Methods: mfa', 'Connection: X-Auth-Methods'],
  ['Connection: X-User-Roles, X-Client-Id, X-Auth-Scope'],
  ['X_User_Id: 999', 'X_User_Name: root'],
  ['X-User_Id: 999', 'X-User_Name: root'],
  ['X_User-Id: 999', 'X_User-Name: root'],
  ['Connection: X-User-Id, X-User-Name'],
  ['X-User_Id: 999', 'X_User-Name: root', 'Connection: X-User-Id, X-User-Name'],
].map((lines) => [lines]);

const PAGE = '<h1>Only for users</h1>';

/** More than any of the proxies lets through, or keeps, unless it is told to. */
const PIECE = Buffer.alloc(1024 * 1024);
const UPLOAD_PIECES = 24;

type Visit = Pick<RequestInit, 'method' | 'body'> & { headers?: Record<string, string> };

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A site that does not know tokens, and remembers who came. */
class Site extends EventEmitter<{ uploading: []; proceed: [] }> {
  seen: Seen[] = [];
  private readonly server = createServer((asked, response) => {
    if (asked.url === '/upload') void this.count(asked, response);
    else if (asked.url === '/events') this.tell(response);
    else void this.show(asked, response);
  });

  static async start(): Promise<Site> {
    const site = new Site();
    sites.push(site);
    site.server.on('upgrade', site.echo.bind(site));
    site.server.listen(0, '127.0.0.1');
    await once(site.server, 'listening');
    return site;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async show(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = asked;
    this.seen.push({ method, url, headers, body: await text(asked) });
    response.setHeader('Content-Type', 'text/html').end(PAGE);
  }

  /** Says that an upload has begun, and at its end how many bytes it had. */
  private async count(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    let bytes = 0;
    for await (const chunk of asked) {
      if (bytes === 0) this.emit('uploading');
      bytes += (chunk as Buffer).length;
    }
    response.end(String(bytes));
  }

  /** Answers with one event, and with another once the test lets it. */
  private tell(response: ServerResponse): void {
    response.setHeader('Content-Type', 'text/event-stream').write('data: first\n\n');
    this.once('proceed', () => response.end('data: second\n\n'));
  }

  /** Speaks a protocol of its own, in which it repeats what it hears. */
  private echo({ method, url, headers }: IncomingMessage, socket: Duplex): void {
    this.seen.push({ method, url, headers, body: '' });
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    );
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  }
}

const sites: Site[] = [];
afterAll(() => {
  for (const site of sites) site.stop();
});

interface Proxy {
  name: string;
  /** The block of the guide that configures it. */
  language: string;
  start: (block: string, port: number) => Promise<void>;
  listen: string;
  listenAt: (port: number) => string;
  /** What the guide adds to it for tokens of a single use. */
  forSingleUse?: Record<string, string>;
  withoutGatehouse: { status: number; retryAfter: string | null };
}

const proxies: Proxy[] = [
  {
    name: 'nginx',
    language: 'nginx',
    start: (block, port) => startNginx(`events {}\nhttp {\n${block}}\n`, port),
    listen: 'listen 8080',
    listenAt: (port) => `listen 127.0.0.1:${port}`,
    withoutGatehouse: { status: 503, retryAfter: '1' },
  },
  {
    name: 'Caddy',
    language: 'caddyfile',
    start: startCaddy,
    listen: ':8080',
    listenAt: (port) => `:${port}`,
    forSingleUse: {
      'request_header -X-User*\n': 'request_header -X-User*\n\t\trequest_header -X-Next-Token\n',
      'copy_headers X-User-Id': 'copy_headers X-Next-Token X-User-Id',
      'reverse_proxy 127':
        'header X-Next-Token {http.request.header.X-Next-Token}\n\t\treverse_proxy 127',
    },
    withoutGatehouse: { status: 502, retryAfter: null },
  },
];

/** A site, a Gatehouse, and a proxy between the clients and both, configured as the guide says. */
class GuardedSite {
  /** What the proxy has asked Gatehouse, as it was on the wire. */
  questions = '';

  private constructor(
    readonly site: Site,
    readonly gatehouse: Server,
    readonly port: number,
  ) {}

  static async start(proxy: Proxy, variables: Variables = {}): Promise<GuardedSite> {
    const gatehouse = await Server.start({ TRUST_PROXY: '127.0.0.1', ...variables });
    const wire = await SlowProxy.to(gatehouse.port);
    const site = await Site.start();
    const port = await freePort();
    const isSingleUse = variables.TOKEN_SINGLE_USE === 'true';
    const configuration = replaced(codeBlockOf(GUIDE, proxy.language), {
      ...(isSingleUse && proxy.forSingleUse),
      '127.0.0.1:3000': `127.0.0.1:${wire.port}`,
      '127.0.0.1:8000': `127.0.0.1:${site.port}`,
      [proxy.listen]: proxy.listenAt(port),
    });
    const guarded = new GuardedSite(site, gatehouse, port);
    wire.overhear = (chunk) => (guarded.questions += chunk.toString());
    await proxy.start(configuration, port);
    return guarded;
  }

  visit(path: string, bearer?: string, { headers, ...options }: Visit = {}): Promise<Response> {
    const credentials = bearer !== undefined && { authorization: `Bearer ${bearer}` };
    const all = { ...credentials, ...headers };
    return fetch(`http://127.0.0.1:${this.port}${path}`, { ...options, headers: all });
  }
}

describe.each(proxies)('A site behind $name, guarded as the guide says', (proxy) => {
  let redis: RedisServer;
  let guarded: GuardedSite;
  let account: Account & { token: string };

  beforeAll(async () => {
    redis = await privateRedis();
    guarded = await GuardedSite.start(proxy, { REDIS_URL: redis.url });
  });

  beforeEach(async () => {
    account = await guarded.gatehouse.client.newSession({ username: uniqueName('jürgen') });
    guarded.site.seen = [];
    guarded.questions = '';
  });

  /** That the client hears 401 and what to send, and that the site hears nothing. */
  async function expectRefusal(answer: Response, challenge: string): Promise<void> {
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge]);
    expect(await answer.text()).not.toContain(PAGE);
    expect(guarded.site.seen).toEqual([]);
  }

  it('is shown to a client with a live token, and learns whose it is', async () => {
    const answer = await guarded.visit('/', account.token);
    expect([answer.status, await answer.text()]).toEqual([200, PAGE]);
    const { headers } = guarded.site.seen[0]!;
    expect(headers['x-user-id']).toBe(String(account.id));
    expect(headers['x-user-name']).toBe(encodeURIComponent(account.username));
    expect(headers.authorization).toBeUndefined();
  });

  it('learns the roles, with a change of them at the very next request', async () => {
    for (const [verb, roles] of [
      ['grant', 'admin,editor'],
      ['revoke', ''],
    ] as const) {
      await gatehouse(guarded.gatehouse, ['users', verb, account.username, 'editor', 'admin']);
      expect((await guarded.visit('/', account.token)).status).toBe(200);
      expect(guarded.site.seen.at(-1)?.headers['x-user-roles'] ?? '').toBe(roles);
    }
  });

  it.each(LIES)(
    'never sees what clients write into the headers of the answer: %j (S72)',
    async (lies) => {
      const visit = (...more: string[]): Promise<string> => {
        const lines = ['GET / HTTP/1.1', 'Host: site', 'Connection: close', ...more, ...lies];
        return exchange(guarded.port, `${lines.join('\r\n')}\r\n\r\n`);
      };
      expect(await visit(`Authorization: Bearer ${account.token}`)).toMatch(/^HTTP\/1\.1 200 /);
      const { headers } = guarded.site.seen[0]!;
      const said = Object.entries(headers).filter(
        ([name, value]) =>
          /user.|client.|auth.(scope|methods)/.test(name) && name !== 'user-agent' && value !== '',
      );
      expect(Object.fromEntries(said)).toEqual({
        'x-user-id': String(account.id),
        'x-user-name': encodeURIComponent(account.username),
        'x-client-id': 'gatehouse',
        'x-auth-methods': 'pwd',
      });
      expect(await visit()).toMatch(/^HTTP\/1\.1 401 /);
      expect(guarded.site.seen).toHaveLength(1);
    },
  );

  it('is closed to a client without a token, and to HTTP Basic', async () => {
    const challenge = 'Bearer realm="gatehouse"';
    await expectRefusal(await guarded.visit('/'), challenge);
    const basic = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    await expectRefusal(await guarded.visit('/', undefined, { headers }), challenge);
  });

  it('is closed at the very next request after a log-out', async () => {
    expect((await guarded.visit('/', account.token)).status).toBe(200);
    guarded.site.seen = [];
    await logOut(guarded.gatehouse.client, account.token);
    await expectRefusal(
      await guarded.visit('/', account.token),
      'Bearer realm="gatehouse", error="invalid_token", error_description="Invalid or expired token"',
    );
  });

  it('is closed to a request with two tokens', async () => {
    const lines = ['GET / HTTP/1.1', 'Host: site', 'Connection: close'];
    for (const token of ['forged', account.token]) lines.push(`Authorization: Bearer ${token}`);
    expect(await exchange(guarded.port, `${lines.join('\r\n')}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 40[01] /,
    );
    expect(guarded.site.seen).toEqual([]);
  });

  it('gets bodies whole, and the question has none', async () => {
    const body = `{"text":"${'a fairly long letter '.repeat(20_000)}"}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await guarded.visit('/letters', account.token, {
      method: 'POST',
      headers,
      body,
    });
    expect(answer.status).toBe(200);
    expect(guarded.site.seen).toMatchObject([{ method: 'POST', url: '/letters', body }]);
    expect(guarded.questions).toMatch(/^GET \/auth\/verify HTTP\/1\.1\r\n/);
    expect(guarded.questions).not.toContain('a fairly long letter');
    expect(guarded.questions.match(/^GET /gm)).toHaveLength(1);
  });

  it.each(['Content-Length', 'Transfer-Encoding'])(
    'gets uploads of any size, as they come: by %s',
    async (framing) => {
      const headers: OutgoingHttpHeaders = { authorization: `Bearer ${account.token}` };
      if (framing === 'Content-Length') headers['content-length'] = UPLOAD_PIECES * PIECE.length;
      const options = { host: '127.0.0.1', port: guarded.port, path: '/upload', method: 'PUT' };
      const upload = request({ ...options, headers });
      const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
      const uploading = once(guarded.site, 'uploading');
      upload.write(PIECE);
      await uploading;
      for (let piece = 1; piece < UPLOAD_PIECES; piece += 1) upload.write(PIECE);
      upload.end();
      const [answer] = await answered;
      expect([answer.statusCode, await text(answer)]).toEqual([
        200,
        String(UPLOAD_PIECES * PIECE.length),
      ]);
      expect(guarded.questions.length).toBeLessThan(PIECE.length);
    },
  );

  it('is closed to uploads of any size without a token', async () => {
    const options = { host: '127.0.0.1', port: guarded.port, path: '/upload', method: 'PUT' };
    const upload = request({ ...options, headers: { 'content-length': 2 ** 40 } });
    upload.on('error', () => undefined).write('x');
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(401);
    upload.destroy();
  });

  it('streams its answers', async () => {
    const { body, status } = await guarded.visit('/events', account.token);
    expect(status).toBe(200);
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: first\n\n');
    guarded.site.emit('proceed');
    expect((await reader.read()).value).toBe('data: second\n\n');
    expect((await reader.read()).done).toBe(true);
  });

  it('speaks WebSocket with a client that has a live token, and with no other', async () => {
    const open = (authorization?: string): ClientRequest => {
      const headers: OutgoingHttpHeaders = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'x-user-id': '999',
        ...(authorization !== undefined && { authorization }),
      };
      return request({ host: '127.0.0.1', port: guarded.port, path: '/chat', headers }).end();
    };
    const [refused] = (await once(open(), 'response')) as [IncomingMessage];
    expect(refused.statusCode).toBe(401);
    expect(guarded.site.seen).toEqual([]);
    const opened = await once(open(`Bearer ${account.token}`), 'upgrade');
    const [, socket] = opened as [IncomingMessage, Duplex];
    for (const word of ['hello', 'again']) {
      socket.write(word);
      const [heard] = (await once(socket, 'data')) as [Buffer];
      expect(heard.toString()).toBe(word);
    }
    socket.destroy();
    expect(guarded.site.seen[0]?.headers['x-user-id']).toBe(String(account.id));
    expect(guarded.site.seen[0]?.headers.authorization).toBeUndefined();
  });

  it.each(['OPTIONS', 'PATCH', 'DELETE', 'PROPFIND'])('is asked with %s too', async (method) => {
    const ask = async (headers: OutgoingHttpHeaders) => {
      const options = { host: '127.0.0.1', port: guarded.port, path: '/any', method };
      const [answer] = (await once(request({ ...options, headers }).end(), 'response')) as [
        IncomingMessage,
      ];
      return answer.resume().statusCode;
    };
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: `Bearer ${account.token}` })).toBe(200);
    expect(guarded.site.seen).toMatchObject([{ method, url: '/any' }]);
  });

  it('is asked for what the client asked for, below its root and with a query', async () => {
    const url = '/a/path%20of/some%2Fdepth?a=1&b=%C3%BC&a=2';
    expect((await guarded.visit(url, account.token)).status).toBe(200);
    expect(guarded.site.seen).toMatchObject([{ method: 'GET', url }]);
    expect(guarded.questions).toContain('GET /auth/verify HTTP');
  });

  it('tells Gatehouse where the client is', async () => {
    const { token } = account;
    await logOut(guarded.gatehouse.client, token);
    const headers = {
      authorization: `Bearer ${token}`,
      'user-agent': 'a-client/1.0',
      'x-forwarded-for': '203.0.113.7',
    };
    const options = { host: '127.0.0.1', port: guarded.port, localAddress: CLIENT, headers };
    const [answer] = (await once(request(options).end(), 'response')) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(401);
    const refusals = guarded.gatehouse.lines.filter(({ event }) => event === 'access.refused');
    expect(refusals.at(-1)).toMatchObject({ address: CLIENT, userAgent: 'a-client/1.0' });
    expect(guarded.gatehouse.output).not.toContain('TRUST_PROXY does not name');
  });

  it('is unavailable while Redis is stopped, and the token is good again afterwards', async () => {
    await redis.kill();
    const answer = await guarded.visit('/', account.token);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(guarded.site.seen).toEqual([]);
    await redis.start();
    await eventually(async () => {
      expect((await guarded.visit('/', account.token)).status).toBe(200);
    }, 10_000);
  });

  it('is unavailable while Gatehouse is stopped', async () => {
    await guarded.gatehouse.stop();
    const answer = await guarded.visit('/', account.token);
    const { status, retryAfter } = proxy.withoutGatehouse;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(guarded.site.seen).toEqual([]);
  });
});

describe.each(proxies)('With tokens for a single use, $name', (proxy) => {
  it('hands the client the next one', async () => {
    const guarded = await GuardedSite.start(proxy, { TOKEN_SINGLE_USE: 'true' });
    let { token } = await guarded.gatehouse.client.newSession();
    for (let time = 0; time < 3; time += 1) {
      const answer = await guarded.visit('/', token, { headers: { 'X-Next-Token': 'a lie' } });
      expect(answer.status).toBe(200);
      expect((await guarded.visit('/', token)).status).toBe(401);
      token = answer.headers.get('x-next-token') ?? '';
    }
    expect(guarded.site.seen).toHaveLength(3);
  });
});
