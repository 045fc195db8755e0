import { once } from 'node:events';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
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
    ['a length that is no number', framed('Content-Length: five')],
    ['a negative length', framed('Content-Length: -5')],
    ['two lengths', framed('Content-Length: 2\r\nContent-Length: 3')],
    ['a length and chunks', framed('Content-Length: 2\r\nTransfer-Encoding: chunked')],
    ['chunks that are not the last coding', framed('Transfer-Encoding: chunked, gzip')],
    ['a broken chunk', `${framed('Transfer-Encoding: chunked')}zz\r\n`],
    ['a space before the colon', framed('Content-Length : 2')],
    ['a folded header', framed('X-Folded: a\r\n b')],
    ['a NUL in a header', framed('X-Nul: a\0b')],
  ])('with %s is answered with 400', async (_, request) => {
    expect(problemIn(await exchange(request))).toMatchObject({
      statusLine: 'HTTP/1.1 400 Bad Request',
      body: { type: '/problems/malformed-request', status: 400 },
    });
  });

  it('with headers too large is answered with 431', async () => {
    const large = `X-Large: ${'x'.repeat(20_000)}`;
    const answer = await exchange(`GET /health/live HTTP/1.1\r\nHost: x\r\n${large}\r\n\r\n`);
    expect(problemIn(answer)).toMatchObject({
      statusLine: 'HTTP/1.1 431 Request Header Fields Too Large',
      body: { type: '/problems/headers-too-large', status: 431 },
    });
  });

  it('with too many bytes in chunks is answered with 413', async () => {
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    const answer = await exchange(
      'POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk.repeat(2)}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('hides no second request', async () => {
    const hidden = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await exchange(
      `${framed('Content-Length: 2\r\nTransfer-Encoding: chunked')}\r\n0\r\n\r\n${hidden}`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it('has a request id in its answer, too', async () => {
    const { head } = problemIn(await exchange('nonsense\r\n\r\n'));
    expect(head).toMatch(/\r\nx-request-id: [\w.:-]+/i);
  });

  it('does not disturb others', async () => {
    expect((await server.client.get('/health/ready')).status).toBe(200);
  });

  /** Sends bytes as they are; resolves with all that comes back before the connection closes. */
  async function exchange(request: string): Promise<string> {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request, 'latin1');
    return readAll(socket);
  }
});

/** A request whose framing is at fault. */
function framed(headers: string): string {
  return `POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n{}`;
}

function problemIn(answer: string): { statusLine: string; head: string; body: unknown } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(/\r\nContent-Type: application\/problem\+json; charset=utf-8/i);
  return { statusLine: head.split('\r\n')[0] ?? '', head, body: JSON.parse(body) };
}
