import type { Middleware } from 'openapi-fetch';
import { unlessAborted } from './abort.js';
import { fieldsOf, tokenIn } from './answers.js';
import { HeldToken, now } from './held-token.js';
import { patiently, type Patience } from './patience.js';
import type { GatehouseProblem } from './problem.js';
import { CHANGE, LOGINS, NEVER_REPEATED, PUBLIC, TAKES_LINK } from './routes.js';
import { Session, type Send } from './session.js';

type OnRequest = NonNullable<Middleware['onRequest']>;

export interface CarrierSettings extends Patience {
  readonly baseUrl: string;
  readonly marginMs: number;
  readonly fetch: Send;
  readonly onToken: (next: string | undefined, previous: string | undefined) => void;
  readonly onLoggedOut: (problem: GatehouseProblem) => void;
}

/** Sends every request, with the token of the present session if it has none of its own. */
export class TokenCarrier {
  private session: Session | undefined;
  private readonly calls = new Set<AbortController>();
  private readonly closing = new AbortController();

  constructor(private readonly settings: CarrierSettings) {}

  get token(): string | undefined {
    return this.session?.tokenText;
  }

  /** Goes on with a token from elsewhere, or with none. */
  adopt(token: string | undefined): void {
    if (token === this.token) return;
    this.session = token === undefined ? undefined : this.newSession(HeldToken.restored(token));
  }

  /** Ends whatever waits, and sends no more requests. */
  close(): void {
    this.session = undefined;
    this.closing.abort(new Error('This client is closed'));
    for (const call of this.calls) call.abort(this.closing.signal.reason);
  }

  readonly onRequest: OnRequest = async ({ request, schemaPath, options }) => {
    const route = `${request.method} ${schemaPath}`;
    const { fetch } = options;
    const call = new AbortController();
    const abort = () => call.abort(request.signal.reason);
    request.signal.addEventListener('abort', abort);
    if (request.signal.aborted) abort();
    this.calls.add(call);
    try {
      return await unlessAborted(this.send(request, route, fetch, call.signal), call.signal);
    } finally {
      this.calls.delete(call);
      request.signal.removeEventListener('abort', abort);
    }
  };

  private async send(
    request: Request,
    route: string,
    fetch: Send,
    signal: AbortSignal,
  ): Promise<Response> {
    const send = this.untilClosed(fetch);
    const body = fieldsOf(await request.clone().text());
    // A request that brings credentials of its own is none of ours.
    const bringsToken = 'token' in body && !TAKES_LINK.has(route);
    if (request.headers.has('Authorization') || bringsToken) return send(request);
    const session = PUBLIC.has(route) ? undefined : this.session;
    let askedAt = now();
    const attempt = () => {
      askedAt = now();
      return session?.request(request, route, send) ?? send(request.clone());
    };
    // Had the first attempt changed the password, this token would be dead, and the current password wrong.
    const changesPassword = route === CHANGE && 'password' in body;
    const isRepeatable = !NEVER_REPEATED.has(route) && !changesPassword;
    const mayRepeat = (answer: Response) => isRepeatable && (session?.mayRepeat(answer) ?? true);
    const answer = await patiently(attempt, mayRepeat, this.settings, signal);
    if (LOGINS.has(route) && answer.ok) {
      const { token, duration } = await tokenIn(answer);
      if (token !== undefined && duration !== undefined) {
        const previous = this.token;
        this.session = this.newSession(HeldToken.issued(token, duration, askedAt));
        this.settings.onToken(token, previous);
      }
    }
    return answer;
  }

  private newSession(token: HeldToken): Session {
    const { baseUrl, marginMs, fetch, onToken, onLoggedOut } = this.settings;
    const leave = () => {
      this.session = undefined;
      onToken(undefined, session.tokenText);
    };
    // No one needs to hear of a session that is no longer the present one.
    const ifPresent = (tell: () => void) => {
      if (this.session === session) tell();
    };
    const session: Session = new Session(token, {
      renewUrl: `${baseUrl}/renew_token`,
      marginMs,
      send: this.untilClosed(fetch),
      closing: this.closing.signal,
      events: {
        replaced: (next, previous) => ifPresent(() => onToken(next, previous)),
        left: () => ifPresent(leave),
        refused: (problem) =>
          ifPresent(() => {
            leave();
            onLoggedOut(problem);
          }),
      },
    });
    return session;
  }

  private untilClosed(fetch: Send): Send {
    return async (request) => {
      this.closing.signal.throwIfAborted();
      return fetch(request);
    };
  }
}
