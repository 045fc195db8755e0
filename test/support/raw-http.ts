import { once } from 'node:events';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server has read what was sent so long ago. */
const PAUSE_MS = 100;

/**
 * Sends bytes as they are; resolves with all that comes back before the connection closes.
 * @param later is sent in packets of its own
 */
export async function exchange(port: number, request: string, ...later: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(request, 'latin1');
  for (const part of later) {
    await sleep(PAUSE_MS);
    socket.write(part, 'latin1');
  }
  return readAll(socket);
}

/** The headers of an answer in plain text, by their names in lower case. */
export function headersIn(answer: string): Record<string, string> {
  const [head = ''] = answer.split('\r\n\r\n');
  const lines = head.split('\r\n').slice(1);
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')];
    }),
  );
}
