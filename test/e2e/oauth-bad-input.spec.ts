import type { Answer, Client } from '../support/client.js';
import { exchange, headersIn } from '../support/raw-http.js';
import { basicOf, registerVerifier, type RegisteredClient } from '../support/oauth.js';
import { Server } from '../support/server.js';

const RIGHT: Record<string, string> = {
  '/oauth/token': 'grant_type=client_credentials',
  '/oauth/introspect': 'token=x',
  '/oauth/revoke': 'token=x',
};
const PATHS = Object.keys(RIGHT);
const FORM = 'application/x-www-form-urlencoded';

describe('At the edge of OAuth', () => {
  let server: Server;
  let client: Client;
  let verifier: RegisteredClient;

  beforeAll(async () => {
    server = await Server.start();
    ({ client } = server);
    verifier = await registerVerifier(server);
  });

  const post = (path: string, body: string | Uint8Array, type: string = FORM) =>
    client.post(path, { basic: basicOf(verifier), body, headers: { 'content-type': type } });

  const told = ({ status, body }: Answer) => [status, body.error];

  describe.each(PATHS)('%s', (path) => {
    const right = RIGHT[path]!;
    const [name = ''] = right.split('=');

    it('takes a form, whatever parameters its type has, and ignores unknown parameters (S55)', async () => {
      for (const type of [
        FORM,
        `${FORM};charset=UTF-8`,
        `${FORM}; charset="utf-8"`,
        'Application/X-WWW-Form-URLEncoded',
      ]) {
        expect((await post(path, right, type)).status).toBe(200);
      }
      const more = `${right}&token_type_hint=a&token_type_hint=b&resource=x&resource=y&&=&__proto__=1`;
      expect((await post(path, more)).status).toBe(200);
    });

    it.each([
      ['a missing parameter', () => 'other=1'],
      ['an empty parameter', () => `${name}=`],
      ['a parameter without a value', () => name],
      ['a repeated parameter', () => `${right}&${right}`],
      ['a repeated parameter that is empty once', () => `${right}&${name}=`],
      ['a repeated client_id', () => `${right}&client_id=a&client_id=a`],
      ['a broken escape', () => `${right}&x=%zz`],
      ['an escape that is not UTF-8', () => `${right}&x=%ff`],
      ['bytes that are not UTF-8', () => Buffer.from([...Buffer.from(`${right}&x=`), 0xff])],
    ])('refuses %s', async (_, body) => {
      expect(told(await post(path, body()))).toEqual([400, 'invalid_request']);
    });

    it('refuses no body, as one without its parameters', async () => {
      const answer = await client.post(path, { basic: basicOf(verifier) });
      expect(told(answer)).toEqual([400, 'invalid_request']);
      expect(answer.body.error_description).toBe(`${name} is missing`);
    });

    it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', '', `${FORM}x`])(
      'refuses a body of the type %s',
      async (type) => {
        expect(told(await post(path, right, type))).toEqual([415, 'invalid_request']);
      },
    );

    it('refuses a body that is compressed', async () => {
      const headers = { 'content-type': FORM, 'content-encoding': 'gzip' };
      const options = { basic: basicOf(verifier), body: right, headers };
      expect(told(await client.post(path, options))).toEqual([415, 'invalid_request']);
    });

    it('refuses a body beyond 16 KiB, at once or in chunks', async () => {
      const long = `${right}&x=${'y'.repeat(16 * 1024)}`;
      expect(told(await post(path, long))).toEqual([413, 'invalid_request']);
      const head = [
        `POST ${path} HTTP/1.1`,
        'Host: x',
        `Content-Type: ${FORM}`,
        'Connection: close',
        'Transfer-Encoding: chunked',
      ];
      const chunk = `${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`;
      const text = await exchange(server.port, `${head.join('\r\n')}\r\n\r\n${chunk}`);
      expect(text).toMatch(/^HTTP\/1\.1 413 [^]*\r\n\r\n.*"error":"invalid_request"/);
      expect((await post(path, `${right}&x=${'y'.repeat(16_000)}`)).status).toBe(200);
    });

    it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s', async (method) => {
      const answer = await client.request(method, path);
      expect(told(answer)).toEqual([405, 'invalid_request']);
      expect(answer.headers.get('allow')).toBe('POST');
    });

    it('takes nothing from the query (S91)', async () => {
      const answer = await client.post(`${path}?${right}`, { basic: basicOf(verifier) });
      expect(told(answer)).toEqual([400, 'invalid_request']);
    });

    it('is the same however its address is written', async () => {
      const credentials = Buffer.from(basicOf(verifier)).toString('base64');
      for (const address of [
        path.replace('o', '%6f'),
        path.replace('u', '%75'),
        `HTTP://evil${path}`,
      ]) {
        for (const [body, answer] of [
          [right, /^HTTP\/1\.1 200 /],
          ['', /^HTTP\/1\.1 400 [^]*"error":"invalid_request"/],
          ['x=%zz', /^HTTP\/1\.1 400 [^]*"error":"invalid_request"/],
        ] as const) {
          const head = [
            `POST ${address} HTTP/1.1`,
            'Host: x',
            `Authorization: Basic ${credentials}`,
            `Content-Type: ${FORM}`,
            `Content-Length: ${body.length}`,
            'Connection: close',
          ];
          const text = await exchange(server.port, `${head.join('\r\n')}\r\n\r\n${body}`);
          expect(text).toMatch(answer);
          expect(headersIn(text)['content-type']).toMatch(/^application\/json\b/);
        }
      }
    });

    it('refuses a body that has two types', async () => {
      for (const types of [
        [FORM, FORM],
        [FORM, 'application/json'],
        ['application/json', FORM],
      ]) {
        const head = [
          `POST ${path} HTTP/1.1`,
          'Host: x',
          ...types.map((type) => `Content-Type: ${type}`),
          `Content-Length: ${right.length}`,
          'Connection: close',
        ];
        const text = await exchange(server.port, `${head.join('\r\n')}\r\n\r\n${right}`);
        expect(text).toMatch(/^HTTP\/1\.1 400 [^]*"error":"invalid_request"/);
      }
    });

    it('says in its own form that a body did not come in time, or is broken', async () => {
      const head = [`POST ${path} HTTP/1.1`, 'Host: x', `Content-Type: ${FORM}`];
      const half = [...head, 'Content-Length: 100', '', right].join('\r\n');
      const broken = [...head, 'Transfer-Encoding: chunked', '', '1', 'x', ''].join('\r\n');
      const [late, cut] = await Promise.all([
        exchange(server.port, half),
        exchange(server.port, broken, 'no size\r\n'),
      ]);
      expect(late).toMatch(/^HTTP\/1\.1 408 [^]*"error":"invalid_request"/);
      expect(cut).toMatch(/^HTTP\/1\.1 400 [^]*"error":"invalid_request"/);
    });

    it('says of HTTP that is broken what it says of everything', async () => {
      const requests = [
        [`POST ${path} HTTP/1.1`, 'Content-Length: 1'],
        [`POST ${path} HTTP/1.1`, 'Host: x', 'Host: y', 'Content-Length: 1'],
        [`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Length: x'],
        [`POST ${path} HTTP/1.1`, 'Host: x', `X: ${'x'.repeat(20_000)}`],
      ];
      for (const lines of requests) {
        const text = await exchange(server.port, `${lines.join('\r\n')}\r\n\r\n`);
        expect(headersIn(text)['content-type']).toBe('application/json; charset=utf-8');
        expect(headersIn(text)['cache-control']).toBe('no-store');
        expect(text).toContain('"error":"invalid_request"');
      }
    });
  });

  it('knows no other grant (S59)', async () => {
    for (const grant of ['password', 'authorization_code', 'CLIENT_CREDENTIALS', 'é']) {
      const answer = await client.post('/oauth/token', {
        basic: basicOf(verifier),
        form: { grant_type: grant },
      });
      expect(told(answer)).toEqual([400, 'unsupported_grant_type']);
    }
  });

  it.each(['/oauth/nothing', '/oauth/token/', '/oauth/%ff', '/oauth', '/oauth/token%00'])(
    'has nothing at %s',
    async (path) => {
      const answer = await client.post(path, { form: { token: 'x' } });
      expect([400, 404]).toContain(answer.status);
      expect(answer.body.error).toBe('invalid_request');
    },
  );

  it('leaves forms without meaning everywhere else', async () => {
    const form = 'username=miguel&password=python';
    for (const path of ['/user', '/authenticate_user', '/validate_token']) {
      const answer = await client.post(path, { form });
      expect([answer.status, answer.body.type]).toEqual([415, '/problems/unsupported-media-type']);
    }
  });
});

describe('The metadata', () => {
  const PATH = '/.well-known/oauth-authorization-server';

  it('names what the service has, for pages of any origin (S58)', async () => {
    const { client, url } = await Server.start();
    const { status, headers, body } = await client.get(PATH);
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect(body).toEqual({
      issuer: url,
      token_endpoint: `${url}/oauth/token`,
      introspection_endpoint: `${url}/oauth/introspect`,
      revocation_endpoint: `${url}/oauth/revoke`,
      jwks_uri: `${url}/.well-known/jwks.json`,
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      revocation_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'none',
      ],
    });
    expect((await client.get(`${PATH}/other`)).body.error).toBe('invalid_request');
    expect((await client.get(`${PATH}/`)).status).toBe(404);
    expect((await client.post(PATH)).status).toBe(405);
  });

  it('is found with the path of PUBLIC_URL behind it too', async () => {
    const issuer = 'https://example.com/auth/one';
    const { client } = await Server.start({
      PUBLIC_URL: issuer,
      CORS_ORIGINS: 'https://app.example.com',
    });
    const headers = { origin: 'https://elsewhere.example.com' };
    for (const path of [PATH, `${PATH}/auth/one`]) {
      const answer = await client.get(path, { headers });
      expect([answer.status, answer.body.issuer]).toEqual([200, issuer]);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    }
    expect((await client.get(`${PATH}/auth`)).status).toBe(404);
  });
});
