import { exchange, headersIn } from '../support/raw-http.js';
import { Server } from '../support/server.js';

describe('Broken HTTP', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start();
  });

  it.each([
    ['no request line', 'nonsense\r\n\r\n'],
    ['an unknown method', 'BREW /user HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two Hosts', request('Host: x\r\nHost: y')],
    ['the same Host twice', request('Host: x\r\nhOST: x')],
    ['two credentials', request('Host: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b')],
    ['two schemes', request('Host: x\r\nAuthorization: Bearer a\r\nauthorization: Basic Yjpj')],
    ['one credential twice', request(`Host: x${'\r\nAuthorization: Basic Yjpj'.repeat(2)}`)],
    ['a length that is no number', framed('Content-Length: five')],
    ['a negative length', framed('Content-Length: -5')],
    ['two lengths', framed('Content-Length: 2\r\nContent-Length: 3')],
    ['a length and chunks', framed('Content-Length: 2\r\nTransfer-Encoding: chunked')],
    ['chunks that are not the last coding', framed('Transfer-Encoding: chunked, gzip')],
    ['a broken chunk', `${framed('Transfer-Encoding: chunked')}zz\r\n`],
    ['a space before the colon', framed('Content-Length : 2')],
    ['a folded header', framed('X-Folded: a\r\n b')],
    ['a NUL in a header', framed('X-Nul: a\0b')],
  ])('with %s is answered with 400 (S28, S66, S67)', async (_, text) => {
    expect(problemIn(await exchange(server.port, text))).toMatchObject({
      statusLine: 'HTTP/1.1 400 Bad Request',
      body: { type: '/problems/malformed-request', status: 400 },
    });
  });

  it('with headers too large is answered with 431 (S62)', async () => {
    const large = `X-Large: ${'x'.repeat(20_000)}`;
    const answer = await exchange(
      server.port,
      `GET /health/live HTTP/1.1\r\nHost: x\r\n${large}\r\n\r\n`,
    );
    expect(problemIn(answer)).toMatchObject({
      statusLine: 'HTTP/1.1 431 Request Header Fields Too Large',
      body: { type: '/problems/headers-too-large', status: 431 },
    });
  });

  it('with too many bytes in chunks is answered with 413 (S62)', async () => {
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    const answer = await exchange(
      server.port,
      'POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk.repeat(2)}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("is answered in OAuth's form at its edge, also if the address takes several packets", async () => {
    for (const rest of ['', ' HTTP/1.1\r\nHost: x\r\n\r\n']) {
      const answer = await exchange(server.port, `GET /oauth/changes?a=\xd7${rest}`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(headersIn(answer)['content-type']).toBe('application/json; charset=utf-8');
      expect(answer).toContain('"error":"invalid_request"');
    }
  });

  it('hides no second request (S67)', async () => {
    const hidden = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await exchange(
      server.port,
      `${framed('Content-Length: 2\r\nTransfer-Encoding: chunked')}\r\n0\r\n\r\n${hidden}`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it('has a request id in its answer, too', async () => {
    const answer = await exchange(server.port, 'nonsense\r\n\r\n');
    expect(headersIn(answer)['x-request-id']).toMatch(/^[\w.:-]+$/);
  });

  it.each(['200-ok', ''])('is not what expects %j of us: that is ignored', async (expectation) => {
    const text = request(`Host: x\r\nExpect: ${expectation}\r\nConnection: close`);
    const answer = await exchange(server.port, text);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/\r\nx-request-id: [\w.:-]+/i);
  });

  it('leaves the process alive, for others (S79)', async () => {
    expect((await server.client.get('/health/ready')).status).toBe(200);
    expect(server.hasEnded).toBe(false);
  });
});

function request(headers: string): string {
  return `GET /health/live HTTP/1.1\r\n${headers}\r\n\r\n`;
}

/** A request whose framing is at fault. */
function framed(headers: string): string {
  return `POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n{}`;
}

function problemIn(answer: string): { statusLine: string; body: unknown } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(/\r\nContent-Type: application\/problem\+json; charset=utf-8/i);
  return { statusLine: head.split('\r\n')[0] ?? '', body: JSON.parse(body) };
}
