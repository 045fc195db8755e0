import type { Client, RequestOptions } from '../support/client.js';
import { Server } from '../support/server.js';

const OURS = ['https://app.example.com', 'http://localhost:5173'];

const OTHERS = [
  'https://evil.example.com',
  'http://app.example.com',
  'https://app.example.com.evil.example',
  'https://app.example.com:8443',
  'https://sub.app.example.com',
  'HTTPS://APP.EXAMPLE.COM',
  'null',
  '*',
];

const ROUTES = [
  ['GET', '/user'],
  ['PUT', '/user'],
  ['DELETE', '/user/sessions/any'],
  ['POST', '/authenticate_user'],
  ['GET', '/api/token'],
  ['GET', '/nowhere'],
] as const;

const ASKED = 'access-control-request-headers';

function preflight(origin: string, method: string): RequestOptions {
  const headers = {
    origin,
    'access-control-request-method': method,
    [ASKED]: 'authorization,content-type',
  };
  return { headers };
}

function allowed(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-allow'));
}

describe('A browser of another origin', () => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await Server.start({ CORS_ORIGINS: OURS.join(', ') }));
  });

  it.each(OURS)('is allowed by a preflight if it is in CORS_ORIGINS: %s (S70)', async (origin) => {
    for (const [method, path] of ROUTES) {
      const { status, headers, text } = await client.request(
        'OPTIONS',
        path,
        preflight(origin, method),
      );
      expect([path, status, text]).toEqual([path, 204, '']);
      expect(Object.fromEntries(headers)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, POST, PUT, DELETE',
        'access-control-allow-headers': 'authorization,content-type',
        vary: 'Origin, Access-Control-Request-Headers',
      });
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
  });

  describe('that asks for headers', () => {
    const [origin = ''] = OURS;

    async function allowedOf(asked: string | undefined): Promise<string | null> {
      const headers: Record<string, string> = { origin, 'access-control-request-method': 'PUT' };
      if (asked !== undefined) headers[ASKED] = asked;
      const answer = await client.request('OPTIONS', '/user', { headers });
      expect(answer.status).toBe(204);
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
      return answer.headers.get('access-control-allow-headers');
    }

    it.each([
      'authorization,content-type,traceparent,tracestate,x-request-id',
      'baggage,sentry-trace',
      'x-datadog-origin,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id',
      'x-b3-sampled, x-b3-spanid, x-b3-traceid',
      Array(50).fill('x-own-header').join(),
    ])('may send them: %s (S70)', async (asked) => {
      expect(await allowedOf(asked)).toBe(asked);
    });

    it.each([
      ['too many', Array.from({ length: 100 }, (_, index) => `x-own-header-${index}`).join()],
      ['a name too long', 'x'.repeat(10_000)],
      ['what is no name', 'authorization, <script>'],
      ['what is no list', 'authorization,,content-type'],
    ])('may send none if they are %s (S70)', async (_, asked) => {
      expect(await allowedOf(asked)).toBe('');
    });

    it('is told of none if it asks for none', async () => {
      expect(await allowedOf(undefined)).toBeNull();
    });
  });

  it('reads the answers and the headers that it needs, errors too (S70)', async () => {
    const [origin = ''] = OURS;
    const { token } = await client.newSession();
    const asks: RequestOptions[] = [{ bearer: token }, {}, { bearer: 'e30.e30.e30' }];
    for (const path of ['/user', '/nowhere', '/x/%ff']) {
      for (const options of asks) {
        const { headers } = await client.get(path, { ...options, headers: { origin } });
        expect(Object.fromEntries(headers)).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-expose-headers':
            'X-Next-Token, X-Request-Id, Retry-After, WWW-Authenticate, Location',
          vary: 'Origin',
        });
        expect(headers.has('access-control-allow-credentials')).toBe(false);
      }
    }
  });

  it.each(OTHERS)('is not allowed otherwise: %s (S70)', async (origin) => {
    for (const [method, path] of ROUTES) {
      const { status, headers } = await client.request('OPTIONS', path, preflight(origin, method));
      expect([path, status]).toEqual([path, path === '/nowhere' ? 404 : 405]);
      expect([allowed(headers), headers.get('vary')]).toEqual([[], 'Origin']);
    }
    const { headers } = await client.get('/health/live', { headers: { origin } });
    expect([allowed(headers), headers.get('vary')]).toEqual([[], 'Origin']);
  });

  it.each([
    ['without an origin', { 'access-control-request-method': 'PUT' }],
    ['without a method', { origin: OURS[0] ?? '' }],
  ])('is answered 405 by OPTIONS that is no preflight: %s (S61)', async (_, headers) => {
    const { status, headers: answered } = await client.request('OPTIONS', '/user', { headers });
    expect([status, answered.get('allow')]).toEqual([405, 'DELETE, GET, HEAD, POST, PUT']);
  });

  it('is allowed nowhere if CORS_ORIGINS is not set (S70)', async () => {
    const { client: closed } = await Server.start();
    for (const origin of [...OURS, ...OTHERS]) {
      for (const [method, path] of ROUTES) {
        const answers = [
          await closed.request('OPTIONS', path, preflight(origin, method)),
          await closed.request(method, path, { headers: { origin } }),
        ];
        for (const { headers } of answers) {
          expect([...headers.keys()].filter((name) => /^access-control|^vary/.test(name))).toEqual(
            [],
          );
        }
      }
    }
  });
});
