import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Client, type RequestOptions } from '../support/client.js';
import type { Server } from '../support/server.js';

/** The status of a request whose instance was killed before it answered, or to which no instance listens. */
export const UNANSWERED = 0;

/** A process that was killed breaks its connections a moment before its end is known. */
const END_LIMIT_MS = 1_000;

/** Asks instances in turn, as a load balancer does. */
export class InstancesClient extends Client {
  private turn = 0;

  /** @param instances those that run; may change at any time */
  constructor(private readonly instances: Server[]) {
    super('');
  }

  override async request(method: string, path: string, options?: RequestOptions): Promise<Answer> {
    const instance = this.instances[this.turn++ % this.instances.length];
    if (!instance) return unanswered();
    try {
      return await instance.client.request(method, path, options);
    } catch (error) {
      // What fetch throws for a connection that broke; anything else is a failed expectation.
      if ((error as Error).name !== 'TypeError' || !(await endsSoon(instance))) throw error;
      return unanswered();
    }
  }
}

export function unanswered(): Answer {
  return { status: UNANSWERED, headers: new Headers(), text: '', body: undefined };
}

async function endsSoon(instance: Server): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < END_LIMIT_MS && !instance.hasEnded; waitedMs += 10) {
    await sleep(10);
  }
  return instance.hasEnded;
}
