import { Agent, request } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { expectProper, type Answer } from '../support/client.js';
import type { Body } from './bodies.js';
import type { Header } from './headers.js';

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
afterAll(() => agent.destroy());

interface Outgoing {
  port: number;
  method: string;
  target: string;
  headers: Header[];
  body: Body | undefined;
}

/** Sends what `fetch` would refuse to; the answer keeps to the rules and the description, whatever came. */
export async function exchange(outgoing: Outgoing): Promise<Answer> {
  const answer = await answerTo(outgoing);
  expect(answer.status).toBeLessThan(500);
  expectProper(outgoing.method, outgoing.target, answer);
  return answer;
}

async function answerTo(outgoing: Outgoing): Promise<Answer> {
  const { port, method, target, body } = outgoing;
  const headers = [['Host', `127.0.0.1:${port}`], ...outgoing.headers, ...framing(body)];
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, host: '127.0.0.1', port, method, path: target, headers: headers.flat() },
      (response) => {
        const received = new Headers();
        for (let i = 0; i < response.rawHeaders.length; i += 2) {
          received.append(response.rawHeaders[i]!, response.rawHeaders[i + 1]!);
        }
        readAll(response).then((text) => {
          const isJson = /\bjson\b/.test(received.get('content-type') ?? '') && text !== '';
          resolve({
            status: response.statusCode ?? 0,
            headers: received,
            text,
            body: isJson ? (JSON.parse(text) as unknown) : undefined,
          });
        }, reject);
      },
    );
    sent.on('error', (error: Error & { code?: string }) => {
      // The service may have closed a kept connection at the moment of sending (RFC 9112 §9.3.1).
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(answerTo(outgoing));
      else reject(error);
    });
    sent.end(body?.content);
  });
}

function framing(body: Body | undefined): Header[] {
  if (!body) return [];
  const length: Header = body.chunked
    ? ['Transfer-Encoding', 'chunked']
    : ['Content-Length', String(Buffer.byteLength(body.content))];
  return [...body.headers, length];
}
