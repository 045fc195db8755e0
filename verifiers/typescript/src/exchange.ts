import { request as requestHttp, type Agent, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent: Agent;
  /** For the whole of it, by a timer of its own. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly body: string;
}

/** More is no answer of Gatehouse: 5,000 changes a second for 4 s take less. */
const MOST_BYTES = 1_048_576;

/** Whether the server closed a connection that was kept for the next request just as that was sent. */
class StaleConnection extends Error {}

/**
 * One request and its answer. It is sent once more if the connection was an old one that the server had closed.
 * @throws what the network says, or that there was no answer in time
 */
export async function exchange(url: URL, options: Exchange): Promise<Reply> {
  try {
    return await send(url, options);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    return send(url, options);
  }
}

function send(url: URL, { timeoutMs, body, ...options }: Exchange): Promise<Reply> {
  const { promise, resolve, reject } = deferred<Reply>();
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
  const timer = setTimeout(() => {
    request.destroy(new Error(`There was no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  let hasAnswer = false;
  request.on('response', (response) => {
    hasAnswer = true;
    replyOf(response).then(resolve, reject);
  });
  request.on('error', (error: NodeJS.ErrnoException) => {
    const isStale = request.reusedSocket && !hasAnswer && error.code === 'ECONNRESET';
    reject(isStale ? new StaleConnection('The connection was closed', { cause: error }) : error);
  });
  request.end(body);
  return promise.finally(() => clearTimeout(timer));
}

async function replyOf(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`The answer has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  const seconds = response.headers['retry-after'] ?? '';
  return {
    status: response.statusCode ?? 0,
    retryAfterSeconds: /^\d{1,5}$/.test(seconds) ? Number(seconds) : undefined,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

/** A promise, and the two ways to settle it. */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
