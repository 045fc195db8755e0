import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PASSWORD = 'wrong horse';

/** The wait of one that is refused at once, so that sending takes no more of the machine than answering. */
const PAUSE_MS = 100;

/** Long enough for a request to arrive, and too short for any answer. */
const ABANDONED_AFTER_MS = 5;

/** More than one per connection is refused beyond so many. */
const PIPELINED = 16;

/** Shorter than what a sender of half a request is given. */
const DRIP_MS = 200;

/** Clients at one address that do their worst to a service, until they are stopped. */
export class HostileAddress {
  /** How often each status was heard. */
  readonly heard = new Map<number, number>();
  /** How many requests were sent whose answers no one waits for. */
  abandoned = 0;
  private readonly agent: Agent;
  private readonly sockets = new Set<Socket>();
  private readonly running: Promise<unknown>[] = [];
  private isOver = false;
  private guesses = 0;

  /** @param usernames whose passwords it guesses at */
  constructor(
    private readonly port: number,
    readonly address: string,
    private readonly usernames: readonly string[],
  ) {
    this.agent = new Agent({ keepAlive: true, localAddress: address });
  }

  /** How many connections are open that the service has not closed. */
  get open(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    this.isOver = true;
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.running);
    this.agent.destroy();
  }

  /** Wrong log-ins, the next one as soon as one is answered. */
  flood(connections: number): void {
    this.repeat(connections, () => this.post('/authenticate_user', this.guess()));
  }

  /** Renewals, the next one as soon as one is answered. */
  renew(token: string, connections: number): void {
    let newest = token;
    const step = async () => {
      const text = await this.post('/renew_token', JSON.stringify({ token: newest }));
      newest = /"token":"([^"]+)"/.exec(text)?.[1] ?? newest;
    };
    this.repeat(connections, step, 1);
  }

  /** Wrong log-ins whose connections close at once. */
  abandon(connections: number): void {
    this.repeat(connections, async () => {
      const socket = this.connect();
      socket.write(this.rawGuess());
      this.abandoned += 1;
      await sleep(ABANDONED_AFTER_MS);
      socket.destroy();
    });
  }

  /** As many wrong log-ins at once on each connection as are taken. */
  pipeline(connections: number): void {
    this.repeat(connections, async () => {
      const socket = this.connect();
      const hasClosed = closed(socket);
      let left = PIPELINED;
      const hasAnswered = new Promise<void>((resolve) => {
        socket.on('data', (chunk: Buffer) => {
          for (const [, status] of chunk.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)) {
            this.hear(Number(status));
            left -= 1;
          }
          if (left <= 0) resolve();
        });
      });
      let requests = '';
      for (let count = 0; count < PIPELINED; count += 1) requests += this.rawGuess();
      socket.write(requests);
      await Promise.race([hasAnswered, hasClosed]);
      socket.destroy();
    });
  }

  /** Requests that come byte by byte, half of them in their headers, the others in their bodies. */
  drip(connections: number): void {
    this.repeat(connections, async (index) => {
      const socket = this.connect();
      const [head = '', body = ''] = this.rawGuess().split('\r\n\r\n');
      if (index % 2 === 0) socket.write(`${head}\r\nX-Slow: `);
      else socket.write(`${head}\r\n\r\n${body.slice(0, 1)}`);
      const drops = setInterval(() => socket.write(' '), DRIP_MS);
      await closed(socket);
      clearInterval(drops);
    });
  }

  /** Silent connections, which come again if they are closed. */
  beSilent(connections: number): void {
    this.repeat(connections, () => closed(this.connect()));
  }

  private repeat(
    clients: number,
    step: (index: number) => Promise<unknown>,
    pauseMs = PAUSE_MS,
  ): void {
    const runs = Array.from({ length: clients }, async (_, index) => {
      while (!this.isOver) {
        await step(index);
        await sleep(pauseMs);
      }
    });
    this.running.push(...runs);
  }

  private connect(): Socket {
    const { port, address: localAddress } = this;
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    // The service may reset it, or not listen.
    socket.on('error', () => undefined);
    return socket.resume();
  }

  private guess(): string {
    const username = this.usernames[this.guesses++ % this.usernames.length];
    return JSON.stringify({ username, password: PASSWORD });
  }

  private rawGuess(): string {
    const body = this.guess();
    return (
      'POST /authenticate_user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${body.length}\r\n\r\n${body}`
    );
  }

  /** @returns what was answered; an empty text if the connection broke */
  private post(path: string, body: string): Promise<string> {
    const { port, agent } = this;
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve) => {
      const sent = request({ port, host: '127.0.0.1', path, method: 'POST', agent, headers });
      // A service that is paused does not answer until it goes on.
      const limit = setInterval(() => this.isOver && sent.destroy(), 100);
      sent
        .on('response', (response) => {
          this.hear(response.statusCode ?? 0);
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
          response.on('close', () => resolve(text));
          response.on('error', () => undefined);
        })
        .on('error', () => resolve(''))
        .on('close', () => clearInterval(limit))
        .end(body);
    });
  }

  private hear(status: number): void {
    this.heard.set(status, (this.heard.get(status) ?? 0) + 1);
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
