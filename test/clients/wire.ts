import { once } from 'node:events';

type Fault = (request: Request) => Promise<Response>;

/** A `fetch` that notes each answer, and may lose some or hold them up. */
export class Wire {
  /** `METHOD /path status` of each answer, or `lost`, in the order in which they came. */
  readonly log: string[] = [];
  /** Held, because Node tells only a request that is held of an abort. */
  private readonly held: Request[] = [];
  private readonly faults: { route: string; fault: Fault }[] = [];

  readonly fetch = async (request: Request): Promise<Response> => {
    const route = `${request.method} ${new URL(request.url).pathname}`;
    this.held.push(request);
    const turn = this.faults.findIndex((planned) => planned.route === route);
    const [planned] = turn < 0 ? [] : this.faults.splice(turn, 1);
    try {
      const answer = await (planned ? planned.fault(request) : fetch(request));
      this.log.push(`${route} ${answer.status}`);
      return answer;
    } catch (error) {
      this.log.push(`${route} lost`);
      throw error;
    }
  };

  /** What happens to the next request to a route, so many times. */
  plan(route: string, fault: Fault, times = 1): void {
    for (let i = 0; i < times; i += 1) this.faults.push({ route, fault });
  }

  /** How many answers came from a route. */
  count(route: string): number {
    return this.log.filter((line) => line.startsWith(`${route} `)).length;
  }
}

/** The service does what it is asked, and its answer is lost. */
export const answerLost: Fault = async (request) => {
  await (await fetch(request)).text();
  throw new TypeError('fetch failed');
};

/** The request does not reach the service. */
export const requestLost: Fault = () => Promise.reject(new TypeError('fetch failed'));

/** A proxy answers in the place of the service. */
export function answeredByProxy(status: number, headers: Record<string, string> = {}): Fault {
  return () => Promise.resolve(new Response('<h1>Not now</h1>', { status, headers }));
}

/** A door that requests, or their answers, wait behind until they are aborted. */
export class Door {
  private pass: () => void = () => undefined;
  private readonly opened = new Promise<void>((pass) => (this.pass = pass));
  private knock: () => void = () => undefined;
  /** Resolves once something waits. */
  readonly reached = new Promise<void>((knock) => (this.knock = knock));

  open(): void {
    this.pass();
  }

  readonly request: Fault = async (request) => {
    await this.wait(request);
    return fetch(request);
  };

  readonly answer: Fault = async (request) => {
    const answer = await fetch(request);
    await this.wait(request);
    return answer;
  };

  private async wait(request: Request): Promise<void> {
    this.knock();
    await Promise.race([this.opened, once(request.signal, 'abort')]);
    request.signal.throwIfAborted();
  }
}
