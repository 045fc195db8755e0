import type { Answer } from './answer.js';
import { Changes } from './changes.js';
import { Clock } from './clock.js';
import { Feed, type Told } from './feed.js';
import { Gatehouse } from './gatehouse.js';
import { KeptAnswers } from './kept-answers.js';
import { Lease } from './lease.js';
import { Questions } from './questions.js';
import { isWellFormed } from './token-form.js';
import { GatehouseUnavailable } from './unavailable.js';

const DEFAULT_MAX_TOKENS = 100_000;

export interface VerifierOptions {
  /** Where Gatehouse is, such as `https://id.example.org`. */
  readonly issuer: string;
  /** Of a client that was created with `--introspect`. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** `leased` (the default): answers are kept as long as a lease is held. `strict`: each request asks. */
  readonly mode?: 'leased' | 'strict';
  /** How many answers are kept at most, 400 bytes each: 100,000. */
  readonly maxTokens?: number;
}

/** Checks tokens and API keys. One for each process. */
export interface Verifier {
  /**
   * What Gatehouse says of a token at this moment; undefined if it is not live.
   * @throws GatehouseUnavailable if that cannot be known: answer 503
   */
  verify(token: string): Promise<Answer | undefined>;
  /** Gives the lease back. Call it after the server has stopped: from then on `verify` throws. */
  close(): Promise<void>;
}

/** @throws TypeError if an option cannot be */
export function createVerifier(options: VerifierOptions): Verifier {
  const { mode = 'leased', maxTokens = DEFAULT_MAX_TOKENS } = options;
  if (!['leased', 'strict'].includes(mode)) throw new TypeError("mode is 'leased' or 'strict'");
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new TypeError('maxTokens is a whole number from 1');
  }
  const gatehouse = new Gatehouse(options);
  if (mode === 'strict') return new RemoteVerifier(gatehouse);
  const changes = new Changes(maxTokens);
  const told = { lease: new Lease(), changes, kept: new KeptAnswers(changes, maxTokens) };
  return new RemoteVerifier(gatehouse, told);
}

class RemoteVerifier implements Verifier {
  private readonly clock = new Clock();
  private readonly questions: Questions;
  private readonly feed: Feed | undefined;
  private isClosed = false;

  constructor(
    private readonly gatehouse: Gatehouse,
    /** Undefined if each request asks. */
    private readonly told?: Told,
  ) {
    this.questions = new Questions(gatehouse, this.clock, told);
    this.feed = told && new Feed(gatehouse, this.clock, told);
  }

  verify(token: string): Promise<Answer | undefined> {
    if (this.isClosed) return Promise.reject(new GatehouseUnavailable('The verifier is closed'));
    const nowMs = this.clock.now();
    const kept = this.keptAnswer(token, nowMs);
    // No async function: most requests end here.
    return kept ? Promise.resolve(kept) : this.askedAnswer(token, nowMs);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.feed?.close();
    this.gatehouse.close();
  }

  private keptAnswer(token: string, nowMs: number): Answer | undefined {
    return this.told?.lease.isHeld(nowMs) === true ? this.told.kept.get(token, nowMs) : undefined;
  }

  private async askedAnswer(token: string, nowMs: number): Promise<Answer | undefined> {
    return isWellFormed(token) ? this.questions.ask(token, nowMs) : undefined;
  }
}
