import { uniqueName, type Client } from '../support/client.js';
import { Server } from '../support/server.js';

const BODY_LIMIT_BYTES = 16 * 1024;

describe('A malformed request', () => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await Server.start();
    client = server.client;
  });

  const send = async (body: string | Uint8Array, type?: string) => {
    const { status, body: problem } = await client.post('/user', {
      body,
      ...(type !== undefined && { headers: { 'content-type': type } }),
    });
    return [status, problem?.type];
  };

  const sendJson = (body: string | Uint8Array) => send(body, 'application/json');

  const malformed = [400, '/problems/malformed-request'];

  describe('with a body', () => {
    const credentials = () => JSON.stringify({ username: uniqueName(), password: 'python' });

    it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8'])(
      'of type %s is none',
      async (type) => expect(await send(credentials(), type)).toEqual([201, undefined]),
    );

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/problem+json',
      'text/json',
      'application/xml',
      'json',
      ';',
    ])('of type %s is answered with 415 (S62, S69)', async (type) => {
      expect(await send(credentials(), type)).toEqual([415, '/problems/unsupported-media-type']);
    });

    it('in a coding is answered with 415 (S62)', async () => {
      const { status } = await client.post('/user', {
        body: credentials(),
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      });
      expect(status).toBe(415);
    });

    it('of no type is answered with 415', async () => {
      expect(await send(Buffer.from(credentials()))).toEqual([
        415,
        '/problems/unsupported-media-type',
      ]);
    });

    it('of 16 KiB is taken, and one byte more answered with 413 (S62)', async () => {
      const ofLength = (bytes: number) => credentials().padEnd(bytes);
      expect(await sendJson(ofLength(BODY_LIMIT_BYTES))).toEqual([201, undefined]);
      const tooLarge = [413, '/problems/body-too-large'];
      expect(await sendJson(ofLength(BODY_LIMIT_BYTES + 1))).toEqual(tooLarge);
    });

    it.each([
      ['a broken object', '{"username":"susan"'],
      ['two values', '{} {}'],
      ['a comment', '{}//'],
      ['single quotes', "{'username':'susan'}"],
      ['spaces alone', '   '],
      ['a list', '[{"username":"susan","password":"python"}]'],
      ['a string', '"susan"'],
      ['a number', '42'],
      ['null', 'null'],
      ['a prototype key', '{"username":"susan","password":"python","__proto__":{"x":1}}'],
      ['an escaped one', '{"username":"susan","password":"python","__pr\\u006fto__":{"x":1}}'],
      ['a constructor', '{"username":"susan","password":"python","constructor":{"prototype":{}}}'],
      ['half a surrogate pair', '{"username":"susan","password":"pyth\\ud800on"}'],
      ['the other half', '{"username":"susan","password":"python\\udc00"}'],
      ['half a pair in a key', '{"username":"susan","password":"python","\\ud800":1}'],
    ])('of %s is answered with 400 (S73, S74)', async (_, body) => {
      expect(await sendJson(body)).toEqual(malformed);
    });

    it.each([
      ['a stray byte', [0xff]],
      ['half a character', [0xc3]],
      ['an overlong character', [0xc0, 0xaf]],
      ['a surrogate', [0xed, 0xa0, 0x80]],
      ['more than Unicode has', [0xf5, 0x80, 0x80, 0x80]],
    ])('of invalid UTF-8 (%s) is answered with 400 (S73)', async (_, bytes) => {
      const [start = '', end = ''] = credentials().split('python');
      const body = Buffer.concat([
        Buffer.from(start),
        Buffer.from(bytes),
        Buffer.from(`longer${end}`),
      ]);
      expect(await sendJson(body)).toEqual(malformed);
    });

    it.each(['toString', 'hasOwnProperty', 'constructor', 'valueOf', '__defineGetter__'])(
      'with the unknown field %s is refused like one with any other (S74)',
      async (name) => {
        const json = { ...(JSON.parse(credentials()) as object), [name]: 'x' };
        const { status, body } = await client.post('/user', { json });
        expect([status, body.errors]).toEqual([400, [{ field: name, detail: expect.any(String) }]]);
      },
    );

    it.each([500, 2_000, 8_000])('nested %d times is answered with 400', async (depth) => {
      const nested = '['.repeat(depth) + ']'.repeat(depth);
      for (const body of [`{"username":${nested},"password":"python"}`, `{"x":${nested}}`]) {
        const [status] = await sendJson(body);
        expect(status).toBe(400);
      }
    });
  });

  describe('with an address', () => {
    it.each(['/x/%ff', '/%', '/user/%zz', '/api/users/%ff', '/api/users/%e0%a4%a'])(
      'of invalid escapes (%s) is answered with 400',
      async (path) => {
        const { status, body } = await client.get(path);
        expect([status, body.type]).toEqual(malformed);
      },
    );

    it.each(['/user/sessions/%00', '/user/events?cursor=%00', '/user/events?cursor=%ff'])(
      'of a NUL or of invalid UTF-8 (%s) is refused (S73)',
      async (path) => {
        const { token } = await client.newSession();
        const method = path.includes('?') ? 'GET' : 'DELETE';
        const { status } = await client.request(method, path, { bearer: token });
        expect(status).toBe(method === 'GET' ? 400 : 404);
      },
    );

    it('of a parameter too long is answered with 414 (S62)', async () => {
      const { status } = await client.get(`/api/users/${'1'.repeat(300)}`);
      expect(status).toBe(414);
    });
  });

  it('leaves the process alive (S79)', async () => {
    expect((await client.get('/health/ready')).status).toBe(200);
    expect(server.hasEnded).toBe(false);
  });
});
