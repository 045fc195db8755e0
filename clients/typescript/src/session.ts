import { outlasting } from './abort.js';
import { problemIn, refusesToken, shared, tokenIn, type SharedAnswer } from './answers.js';
import { elapsedMs, HeldToken, now, type Moment } from './held-token.js';
import type { GatehouseProblem } from './problem.js';
import { retryAfterSeconds } from './retry-after.js';
import {
  ASKS_FOR_TOKEN,
  BRINGS_TOKEN,
  ENDS_SESSION,
  LOGOUT,
  NEEDS_QUIET,
  RENEW,
} from './routes.js';
import { Turns } from './turns.js';

/** Longer than the service takes at worst, and so short that a second attempt is answered like the first. */
const RENEWAL_TIMEOUT_MS = 7_000;

/** How long an answer that may have the next token is waited for after its caller has gone. */
const ABANDONED_TIMEOUT_MS = 7_000;

const LOST_RENEWAL_RETRIES = 2;
const LOST_RENEWAL_PAUSE_MS = 500;

/** How long a renewal that failed, and can wait, is left alone if the answer does not say. */
const FAILED_RENEWAL_REST_SECONDS = 1;

export type Send = (request: Request) => Promise<Response>;

/** What the holder of a session is told of it. */
interface SessionEvents {
  /** There is another token. */
  replaced(next: string, previous: string): void;
  /** It was ended from here. */
  left(): void;
  /** The service accepts its token no more. */
  refused(problem: GatehouseProblem): void;
}

export interface SessionSettings {
  readonly renewUrl: string;
  /** A token is renewed once less of its life is left. */
  readonly marginMs: number;
  /** For renewals: they belong to no request. */
  readonly send: Send;
  /** Aborts once the client is closed. */
  readonly closing: AbortSignal;
  readonly events: SessionEvents;
}

/** One use of a token. */
interface Use {
  readonly route: string;
  readonly token: HeldToken;
  readonly askedAt: Moment;
  /** Whether no other request that could replace the token was under way. */
  readonly isAlone: boolean;
}

/**
 * One log-in: its newest token, and the requests that carry it. A later log-in is another session: no request
 * that is still under way in this one can reach it.
 */
export class Session {
  private readonly turns = new Turns();
  private renewing: Promise<SharedAnswer> | undefined;
  /** Until an answer shows it, requests go one after another, which suits both. */
  private isSingleUse: boolean | undefined;
  /** Why it is over. */
  private refusal: SharedAnswer | undefined;
  private rest = { since: now(), forMs: 0 };

  constructor(
    private token: HeldToken,
    private readonly settings: SessionSettings,
  ) {}

  get tokenText(): string {
    return this.token.text;
  }

  /**
   * Sends a request with the token.
   * @returns its answer, or that of the renewal without which it could not be sent
   * @throws what `send` throws
   */
  async request(request: Request, route: string, send: Send): Promise<Response> {
    if (route === RENEW) return this.renew();
    const answer = await this.turns.take(async () =>
      this.isSingleUse !== false || NEEDS_QUIET.has(route)
        ? this.exchange(request, route, send, true)
        : undefined,
    );
    return answer ?? this.exchange(request, route, send, false);
  }

  /** Whether a request may be sent again after this 503: a token for a single use may be used up. */
  mayRepeat(answer: Response): boolean {
    return this.isSingleUse !== true || answer.headers.has('X-Next-Token');
  }

  /** Renews; callers that ask meanwhile get the same answer. */
  private async renew(): Promise<Response> {
    this.renewing ??= this.turns
      .take(() => this.renewAlone())
      .finally(() => (this.renewing = undefined));
    return (await this.renewing)();
  }

  private async exchange(
    request: Request,
    route: string,
    send: Send,
    isAlone: boolean,
  ): Promise<Response> {
    // A log-out takes a token that has just expired.
    const obstacle = route === LOGOUT ? undefined : await this.refresh(isAlone);
    if (obstacle) return obstacle;
    // Its caller may have gone while it waited for its turn.
    request.signal.throwIfAborted();
    const use: Use = { route, token: this.token, askedAt: now(), isAlone };
    const ask = async (signal: AbortSignal) => {
      const answer = await send(carrying(use.token, request, signal));
      // A `fetch` that does not heed the signal answers after the turn is over.
      signal.throwIfAborted();
      await this.learn(answer, use);
      return answer;
    };
    const answer = isAlone ? await this.hearOut(ask, request.signal) : await ask(request.signal);
    const isRefused = refusesToken(answer);
    if (isRefused && route !== LOGOUT) {
      if (!isAlone) await this.turns.take(() => Promise.resolve());
      // Else another has taken its place meanwhile, or it has expired on its way and may be renewed.
      if (this.holds(use.token) && this.token.isAlive) return (await this.endBy(answer))();
      return this.exchange(request, route, send, isAlone);
    }
    if (isRefused || (answer.ok && ENDS_SESSION.has(route))) this.settings.events.left();
    return answer;
  }

  /** Asks, and hears the answer although the caller has gone: the service goes on, and the old token dies. */
  private async hearOut(
    ask: (signal: AbortSignal) => Promise<Response>,
    caller: AbortSignal,
  ): Promise<Response> {
    const { closing } = this.settings;
    const answer = await outlasting(caller, ABANDONED_TIMEOUT_MS, closing, async (signal) =>
      shared(await ask(signal)),
    );
    return answer();
  }

  /** Renews if it is time. @returns the answer because of which a request need not be sent */
  private async refresh(isAlone: boolean): Promise<Response | undefined> {
    if (this.refusal) return this.refusal();
    if (!this.token.isDue(this.settings.marginMs)) return undefined;
    if (this.token.isAlive && elapsedMs(this.rest.since) < this.rest.forMs) return undefined;
    try {
      const answer = isAlone ? (await this.renewAlone())() : await this.renew();
      return answer.ok || this.isUsable ? undefined : answer;
    } catch (error) {
      if (this.isUsable) return undefined;
      throw error;
    }
  }

  private async renewAlone(): Promise<SharedAnswer> {
    const use: Use = { route: RENEW, token: this.token, askedAt: now(), isAlone: true };
    let answer: SharedAnswer;
    try {
      answer = await this.sendRenewal(use.token);
    } catch (error) {
      this.restFor(FAILED_RENEWAL_REST_SECONDS);
      throw error;
    }
    await this.learn(answer(), use);
    if (refusesToken(answer()) && this.holds(use.token)) return this.endBy(answer());
    if (!answer().ok) this.restFor(retryAfterSeconds(answer()) ?? FAILED_RENEWAL_REST_SECONDS);
    return answer;
  }

  /** Asks again if the answer is lost: the service gives the same token again for some seconds. */
  private async sendRenewal(token: HeldToken): Promise<SharedAnswer> {
    const { renewUrl, send } = this.settings;
    for (let retry = 0; ; retry += 1) {
      const signal = AbortSignal.timeout(RENEWAL_TIMEOUT_MS);
      const request = new Request(renewUrl, { method: 'POST', signal });
      try {
        return await shared(await send(carrying(token, request)));
      } catch (error) {
        if (retry >= LOST_RENEWAL_RETRIES || this.isSingleUse === true) throw error;
      }
      await new Promise((wake) => setTimeout(wake, LOST_RENEWAL_PAUSE_MS));
    }
  }

  /** Takes from an answer the token to use next, how long it lives, and whether tokens work once. */
  private async learn(
    answer: Response,
    { route, token: used, askedAt, isAlone }: Use,
  ): Promise<void> {
    const header = answer.headers.get('X-Next-Token');
    if (header !== null) this.isSingleUse = true;
    else if (answer.ok && ASKS_FOR_TOKEN.has(route)) this.isSingleUse = false;
    const body = answer.ok && BRINGS_TOKEN.has(route) ? await tokenIn(answer) : {};
    // An answer that was overtaken may have an older token than ours.
    if (!isAlone && !this.holds(used)) return;
    const before = this.token.text;
    const next = header ?? body.token ?? before;
    if (body.duration !== undefined) this.token = HeldToken.issued(next, body.duration, askedAt);
    else if (next !== before) this.token = this.token.followedBy(next);
    this.token = this.token.datedBy(answer, askedAt);
    if (next !== before) this.settings.events.replaced(next, before);
  }

  private get isUsable(): boolean {
    return this.refusal === undefined && this.token.isAlive;
  }

  private holds({ text }: HeldToken): boolean {
    return this.token.text === text;
  }

  private restFor(seconds: number): void {
    this.rest = { since: now(), forMs: seconds * 1000 };
  }

  private async endBy(answer: Response): Promise<SharedAnswer> {
    const refusal = (this.refusal ??= await shared(answer));
    this.settings.events.refused(await problemIn(refusal()));
    return refusal;
  }
}

function carrying({ text }: HeldToken, request: Request, signal = request.signal): Request {
  const copy = new Request(request.clone(), { signal });
  copy.headers.set('Authorization', `Bearer ${text}`);
  return copy;
}
