import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Client, uniqueName } from '../support/client.js';
import { UNANSWERED } from './instances-client.js';
import { jtiOf, type Kind, LoadRecord } from './load-record.js';

const PAUSE_MS = 50;
const PASSWORD = 'correct horse';

/** How many of the latest log-ins and log-outs are tried again while the load goes on. */
const RECENT = 10;

/** About twenty requests a second: two for each registration and renewal. */
const ROUND: readonly Kind[] = [
  'register',
  'read',
  'login',
  'renew',
  'live',
  'read',
  'login',
  'read',
  'logout',
  'renew',
  'read',
];

interface Session {
  token: string;
  earlier: string[];
  isBusy: boolean;
}

interface LoggedOut {
  token: string;
  /** When the answer came. */
  atMs: number;
}

/** Requests of every kind, and a record of what each was answered, from which the service is judged. */
export class MixedLoad {
  readonly record = new LoadRecord();
  private readonly broken: unknown[] = [];
  private readonly registered: string[] = [];
  private readonly loggedOut: LoggedOut[] = [];
  private readonly sessions: Session[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private logins = 0;
  private isRunning = true;
  private readonly running: Promise<void>;

  constructor(private readonly client: Client) {
    this.running = this.run();
  }

  /** Sends no more, waits for the last answers and holds the whole record against the rules. */
  async stopAndCheck(): Promise<void> {
    this.isRunning = false;
    await this.running;
    await Promise.all(this.inFlight);
    await this.check(Infinity);
  }

  /** Holds the record against the rules, and tries again whether its latest log-ins and log-outs hold. */
  async check(recent = RECENT): Promise<void> {
    // The manners of every answer, a 503's header and document among them.
    expect(this.broken.splice(0)).toEqual([]);
    this.record.check();
    await Promise.all([
      this.expectLoggedOut(this.loggedOut.slice(-recent)),
      this.expectLogins(this.registered.slice(-recent)),
    ]);
  }

  private async run(): Promise<void> {
    for (let step = 0; this.isRunning; step++) {
      const kind = ROUND[step % ROUND.length] ?? 'live';
      const request = this.step(kind).catch((error: unknown) => void this.broken.push(error));
      this.inFlight.add(request);
      void request.finally(() => this.inFlight.delete(request));
      await sleep(PAUSE_MS);
    }
  }

  private async step(kind: Kind): Promise<void> {
    if (kind === 'register') return this.register();
    if (kind === 'login') return this.logIn();
    if (kind === 'live') return this.live();
    const session = this.sessions.find(({ isBusy }) => !isBusy);
    if (!session) return;
    if (kind === 'read') return this.read(session);
    session.isBusy = true;
    await (kind === 'renew' ? this.renew(session) : this.logOut(session));
    session.isBusy = false;
    // To the end, so that each has its turn.
    this.forget(session);
    if (session.token !== '') this.sessions.push(session);
  }

  private async live(): Promise<void> {
    await this.ask('live', () => this.client.get('/health/live'));
  }

  private async register(): Promise<void> {
    const username = uniqueName();
    const json = { username, password: PASSWORD };
    const send = () =>
      this.ask('register', () => this.client.post('/user', { json }), { username });
    const answers = await Promise.all([send(), send()]);
    if (answers.some(({ status }) => status === 201)) this.registered.push(username);
  }

  private async logIn(): Promise<void> {
    const username = this.registered[this.logins++ % this.registered.length];
    if (username === undefined) return;
    const json = { username, password: PASSWORD };
    const { status, body } = await this.ask('login', () =>
      this.client.post('/authenticate_user', { json }),
    );
    if (status === 200) {
      this.sessions.push({ token: String(body.token), earlier: [], isBusy: false });
    }
  }

  private async read({ token }: Session): Promise<void> {
    await this.ask('read', () => this.client.get('/user', { bearer: token }), { token });
    const left = this.loggedOut.at(-1);
    if (!left) return;
    const options = { bearer: left.token };
    await this.ask('read', () => this.client.get('/user', options), { token: left.token });
  }

  private async renew(session: Session): Promise<void> {
    const { token } = session;
    const send = () =>
      this.ask('renew', () => this.client.post('/renew_token', { bearer: token }), { token });
    const answers = await Promise.all([send(), send()]);
    const renewed = answers.find(({ status }) => status === 200);
    if (renewed) {
      session.earlier.push(token);
      session.token = String(renewed.body.token);
    } else if (answers.some(({ status }) => status === 401)) {
      session.token = '';
    }
  }

  private async logOut(session: Session): Promise<void> {
    const { token } = session;
    const { status } = await this.ask(
      'logout',
      () => this.client.post('/logout', { bearer: token }),
      { token },
    );
    if (status === 200) {
      const atMs = performance.now();
      for (const each of [...session.earlier, token]) this.loggedOut.push({ token: each, atMs });
    }
    if ([200, 401].includes(status)) session.token = '';
  }

  private forget(session: Session): void {
    const index = this.sessions.indexOf(session);
    if (index >= 0) this.sessions.splice(index, 1);
  }

  private async ask(
    kind: Kind,
    send: () => Promise<Answer>,
    { token, username }: { token?: string; username?: string } = {},
  ): Promise<Answer> {
    const atMs = performance.now();
    const answer = await send();
    if (answer.status === UNANSWERED) return answer;
    const answered: unknown = answer.body?.token;
    this.record.add({
      atMs,
      kind,
      status: answer.status,
      ms: performance.now() - atMs,
      ...(token !== undefined && { jti: jtiOf(token) }),
      ...(typeof answered === 'string' && { answeredJti: jtiOf(answered) }),
      ...(username !== undefined && { username }),
    });
    return answer;
  }

  private async expectLoggedOut(loggedOut: LoggedOut[]): Promise<void> {
    for (const { token, atMs } of loggedOut) {
      this.record.expectRefusedSince(atMs, token);
      expect(await this.client.accepts(token)).toBe(false);
      expect((await this.client.post('/renew_token', { bearer: token })).status).toBe(401);
    }
  }

  private async expectLogins(registered: string[]): Promise<void> {
    for (const username of registered) {
      await this.client.login({ username, password: PASSWORD });
    }
  }
}
