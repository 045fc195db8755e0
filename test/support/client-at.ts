import { request } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { type Answer, Client } from './client.js';

/** A client at an address of its own, with a new connection for each request. */
export class ClientAt extends Client {
  constructor(
    url: string,
    private readonly address: string,
  ) {
    super(url);
  }

  protected override exchange(
    url: string,
    method: string,
    headers: Record<string, string>,
    body: string | Uint8Array | undefined,
  ): Promise<Omit<Answer, 'body'>> {
    return new Promise((resolve, reject) => {
      request(url, { method, headers, localAddress: this.address, agent: false })
        .on('response', (response) => {
          const fields = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          );
          const head = { status: response.statusCode ?? 0, headers: new Headers(fields) };
          readAll(response).then((text) => resolve({ ...head, text }), reject);
        })
        .on('error', reject)
        .end(body);
    });
  }
}
