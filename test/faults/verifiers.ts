import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from '../../verifiers/conformance/program.mjs';
import type { Answer } from '../support/client.js';
import type { RegisteredClient } from '../support/oauth.js';
import type { Server } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { unanswered } from './instances-client.js';
import { PROGRAMS } from '../../scripts/support/verifier-programs.mjs';

const POLL = Buffer.from('GET /oauth/changes');

const STATUSES = { inactive: 401, unavailable: 503 };

/** An API's process with a verifier, and a proxy on its way to one of the instances. */
class Api {
  private constructor(
    private program: Program,
    private readonly create: () => Promise<Program>,
    readonly proxy: SlowProxy,
  ) {}

  static async on(command: string, instance: Server, registered: RegisteredClient): Promise<Api> {
    const proxy = await SlowProxy.to(instance.port);
    const { client_id: clientId, client_secret: clientSecret } = registered;
    const create = async () => {
      const program = new Program(command);
      const place = { url: `http://127.0.0.1:${proxy.port}` };
      await program.create(place, { clientId, clientSecret }, { mode: 'leased' });
      return program;
    };
    return new Api(await create(), create, proxy);
  }

  /** What a request with the token would be answered; undefined if the process ended meanwhile. */
  async statusOf(token: string): Promise<number | undefined> {
    const { program } = this;
    try {
      const said = await program.verify(token);
      return typeof said === 'string' ? STATUSES[said] : 200;
    } catch (error) {
      if (program !== this.program || program.hasEnded) return undefined;
      throw error;
    }
  }

  /** Kills the process, whose lease stays behind, and starts another one after a while. */
  async die(lastingMs: number): Promise<void> {
    await this.program.end();
    await sleep(lastingMs);
    this.program = await this.create();
  }

  async standStill(lastingMs: number): Promise<void> {
    this.program.signal('SIGSTOP');
    await sleep(lastingMs);
    this.program.signal('SIGCONT');
  }

  /** Sets the wall clock, as an operator or a time server does; the monotonic one goes on. */
  async jump(wallMs: number): Promise<void> {
    await this.program.passes(0, { monotonic: 0, wall: wallMs });
  }

  end(): Promise<void> {
    return this.program.end();
  }
}

/** APIs that keep answers, in both languages, and what may go wrong with them and on their ways. */
export class Apis {
  private turn = 0;

  private constructor(private readonly apis: Api[]) {}

  /** Starts one in each language for each instance. */
  static async beside(instances: readonly Server[], registered: RegisteredClient): Promise<Apis> {
    const apis = instances.flatMap((instance) =>
      Object.values(PROGRAMS).map((command) => Api.on(command, instance, registered)),
    );
    return new Apis(await Promise.all(apis));
  }

  /** Asks the next of them about a token. */
  ask(token: string): Promise<Answer> {
    return answerOf(this.apis[this.turn++ % this.apis.length]!, token);
  }

  /** Questions about a token, to each of them. */
  questions(token: string): (() => Promise<Answer>)[] {
    return this.apis.map((api) => () => answerOf(api, token));
  }

  /** Does something to the next of them. */
  async strike(how: (api: Api) => Promise<void>): Promise<void> {
    await how(this.apis[this.turn++ % this.apis.length]!);
  }

  async end(): Promise<void> {
    await Promise.all(this.apis.map((api) => api.end()));
  }
}

async function answerOf(api: Api, token: string): Promise<Answer> {
  const status = await api.statusOf(token);
  return status === undefined ? unanswered() : { ...unanswered(), status };
}

/** Lets every answer on the way back take so much longer, for a while. */
export async function delay({ proxy }: Api, delayMs: number, lastingMs: number): Promise<void> {
  proxy.delayMs = delayMs;
  await sleep(lastingMs);
  proxy.delayMs = 0;
}

/** Lets the answers about tokens take so much longer, for a while, and news of changes overtake them. */
export async function outrun({ proxy }: Api, delayMs: number, lastingMs: number): Promise<void> {
  proxy.isLate = (chunk) => chunk.includes('"active"');
  proxy.delayMs = delayMs;
  await sleep(lastingMs);
  proxy.delayMs = 0;
  proxy.isLate = () => true;
}

/** Lets all that is on the way be lost, for a while. */
export async function cut({ proxy }: Api, lastingMs: number): Promise<void> {
  proxy.isSilent = true;
  await sleep(lastingMs);
  proxy.isSilent = false;
}

/** Sends every poll a second time, later, on a connection of its own. */
export async function double({ proxy }: Api, lastingMs: number): Promise<void> {
  proxy.overhear = (chunk) => {
    if (!chunk.subarray(0, POLL.length).equals(POLL)) return;
    const again = connect(proxy.targetPort, '127.0.0.1');
    again.on('error', () => undefined);
    setTimeout(() => again.end(chunk), lastingMs / 10);
  };
  await sleep(lastingMs);
  proxy.overhear = () => undefined;
}
