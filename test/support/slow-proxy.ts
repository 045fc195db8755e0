import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const open = new Set<Server>();

afterAll(() => {
  for (const server of open) server.close();
});

/** Passes bytes on to a port on loopback, and its answers back as late as it is told to. */
export class SlowProxy {
  delayMs = 0;
  /** Whether it swallows what comes. A connection that lost something to it stays silent for good. */
  isSilent = false;
  /** Which of the answers are late. */
  isLate = (_chunk: Buffer): boolean => true;
  /** Hears what comes for the target. */
  overhear = (_chunk: Buffer): void => undefined;
  /** What becomes of the target's bytes on their way back. */
  alter = (chunk: Buffer): Buffer => chunk;

  private constructor(
    readonly port: number,
    /** Where new connections go. */
    public targetPort: number,
  ) {}

  static async to(targetPort: number): Promise<SlowProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    open.add(server);
    await once(server, 'listening');
    const proxy = new SlowProxy((server.address() as AddressInfo).port, targetPort);
    server.on('connection', (client) => {
      const target = connect(proxy.targetPort, '127.0.0.1');
      let isLost = false;
      const pass = (act: () => void) => {
        isLost ||= proxy.isSilent;
        if (!isLost) act();
      };
      // One after the other, also if a later one is to wait for a shorter time.
      let earlier = Promise.resolve();
      target.on('data', (chunk) => {
        const dueMs = performance.now() + (proxy.isLate(chunk) ? proxy.delayMs : 0);
        pass(() => {
          earlier = earlier.then(async () => {
            const waitMs = dueMs - performance.now();
            if (waitMs > 0) await sleep(waitMs);
            client.write(proxy.alter(chunk));
          });
        });
      });
      client.on('data', (chunk) =>
        pass(() => {
          proxy.overhear(chunk);
          target.write(chunk);
        }),
      );
      client.on('close', () => target.destroy());
      target.on('close', () => client.destroy());
      for (const socket of [client, target]) socket.on('error', () => socket.destroy());
    });
    return proxy;
  }
}
