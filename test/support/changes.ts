import { randomBytes } from 'node:crypto';
import type { Answer, Client } from './client.js';
import { basicOf, type RegisteredClient } from './oauth.js';

/** What a poll is answered. */
export interface Changes {
  readonly next: string;
  readonly lease: number;
  readonly changed?: string[];
  readonly reset?: boolean;
}

/** A name such as a process of a verifier makes. */
export function newVerifierName(): string {
  return randomBytes(16).toString('base64url');
}

/** Asks what has changed. */
export function poll(
  client: Client,
  registered: RegisteredClient,
  query: Record<string, string>,
): Promise<Answer> {
  const parameters = new URLSearchParams(query).toString();
  return client.get(`/oauth/changes?${parameters}`, { basic: basicOf(registered) });
}

/** A verifier that polls, and notes what it was told to forget. It ends by `stop`. */
export class Poller {
  readonly heard: string[] = [];
  resets = 0;
  private readonly name = newVerifierName();
  private after: string | undefined;
  private isStopped = false;
  private going: Promise<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly registered: RegisteredClient,
  ) {}

  /** Polls, over and over. @returns once it has a lease */
  async start(): Promise<this> {
    while ((await this.once()).lease === 0);
    this.going = (async () => {
      while (!this.isStopped) await this.once();
    })();
    return this;
  }

  /** Polls once, and applies the answer. */
  async once(): Promise<Changes> {
    const answer = await poll(this.client, this.registered, {
      verifier: this.name,
      wait: '1000',
      ...(this.after !== undefined && { after: this.after }),
    });
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    const changes = answer.body as Changes;
    this.heard.push(...(changes.changed ?? []));
    if (changes.reset) this.resets += 1;
    this.after = changes.next;
    return changes;
  }

  /** Polls no more, and keeps its lease for as long as it lasts. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.going;
  }

  /** Gives the lease back. */
  async close(): Promise<void> {
    await this.stop();
    const path = `/oauth/changes?verifier=${this.name}`;
    const { status } = await this.client.delete(path, { basic: basicOf(this.registered) });
    expect(status).toBe(204);
  }
}
