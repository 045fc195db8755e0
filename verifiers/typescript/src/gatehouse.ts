import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { answerIn, objectIn, type Answer } from './answer.js';
import { exchange, type Exchange, type Reply } from './exchange.js';
import { GatehouseUnavailable } from './unavailable.js';

const QUESTION_TIMEOUT_MS = 5_000;
const FAREWELL_TIMEOUT_MS = 1_000;

export interface Poll {
  readonly verifier: string;
  /** Everything up to there has been applied; undefined at first. */
  readonly after: string | undefined;
  readonly waitMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a poll brings: the names to forget, or that everything is to be forgotten. */
export interface News {
  readonly next: string;
  readonly leaseMs: number;
  readonly changed: readonly string[] | 'everything';
}

export interface Service {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The three requests that a verifier makes, with authentication by Basic (RFC 6749 §2.3.1). */
export class Gatehouse {
  private readonly base: string;
  private readonly authorization: string;
  /** Polls are long: they have a connection of their own. */
  private readonly agents;

  constructor({ issuer, clientId, clientSecret }: Service) {
    const { protocol } = new URL(issuer);
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new TypeError(`issuer begins with https:// or http://, and not with ${protocol}`);
    }
    const Agent = protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.base = issuer.replace(/\/+$/, '');
    const pair = [clientId, clientSecret].map(encodeURIComponent).join(':');
    this.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    this.agents = {
      questions: new Agent({ keepAlive: true }),
      polls: new Agent({ keepAlive: true, maxSockets: 1 }),
    };
  }

  /** @returns undefined if the token is not active @throws GatehouseUnavailable */
  async introspect(token: string): Promise<Answer | undefined> {
    const reply = await this.ask('/oauth/introspect', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }).toString(),
      agent: this.agents.questions,
      timeoutMs: QUESTION_TIMEOUT_MS,
    });
    return answerIn(reply.body);
  }

  /** @throws GatehouseUnavailable also if the answer is not one of the feed */
  async changes({ verifier, after, waitMs, timeoutMs, signal }: Poll): Promise<News> {
    const query = new URLSearchParams({ verifier, ...(after !== undefined && { after }) });
    query.set('wait', String(waitMs));
    const agent = this.agents.polls;
    const options = { method: 'GET', headers: {}, agent, timeoutMs, signal };
    const reply = await this.ask(`/oauth/changes?${query.toString()}`, options);
    return newsIn(reply.body);
  }

  /** Gives the lease back. @throws GatehouseUnavailable */
  async giveBack(verifier: string): Promise<void> {
    await this.ask(`/oauth/changes?verifier=${verifier}`, {
      method: 'DELETE',
      headers: {},
      agent: this.agents.polls,
      timeoutMs: FAREWELL_TIMEOUT_MS,
    });
  }

  /** Closes the connections that nobody waits on. */
  close(): void {
    this.agents.polls.destroy();
    this.agents.questions.destroy();
  }

  private async ask(path: string, options: Exchange): Promise<Reply> {
    const headers = { ...options.headers, Authorization: this.authorization };
    const reply = await exchange(new URL(this.base + path), { ...options, headers }).catch(
      (cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `Gatehouse cannot be reached at ${this.base}: ${reason}`;
        throw new GatehouseUnavailable(message, undefined, undefined, { cause });
      },
    );
    if (reply.status === 200 || reply.status === 204) return reply;
    const message = REASONS[reply.status] ?? `Gatehouse answered ${reply.status}`;
    throw new GatehouseUnavailable(message, reply.status, reply.retryAfterSeconds);
  }
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Gatehouse refuses the client: check clientId and clientSecret',
  403: 'The client may not introspect: create it with --introspect',
};

function newsIn(body: string): News {
  const { next, lease, changed, reset } = objectIn(body) ?? {};
  const isComplete = typeof next === 'string' && typeof lease === 'number' && lease >= 0;
  if (isComplete && reset === true) return { next, leaseMs: lease, changed: 'everything' };
  if (isComplete && isList(changed)) return { next, leaseMs: lease, changed };
  throw new GatehouseUnavailable('The answer is not one of the feed: is `issuer` Gatehouse?');
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
