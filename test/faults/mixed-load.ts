import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, claimsOf, type Client, uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { registerVerifier, type RegisteredClient } from '../support/oauth.js';
import type { Server } from '../support/server.js';
import { UNANSWERED } from './instances-client.js';
import { jtiOf, type Kind, LoadRecord, RECOVERY_LIMIT_MS } from './load-record.js';
import { type Known, MachineLoad } from './machine-load.js';
import type { Apis } from './verifiers.js';

const PAUSE_MS = 50;

/** Between two questions of one API about a token that is being logged out. */
const VERIFY_PAUSE_MS = 10;

/** After a recovery, for what comes late. */
const SETTLED_MS = 3_000;

const ATTEMPTS = 5;

const PASSWORD = 'correct horse';

/** How many of the latest log-ins and log-outs are tried again while the load goes on. */
const RECENT = 10;

/** About twenty requests a second: two for each registration and renewal. */
const ROUND: readonly Kind[] = [
  'register',
  'read',
  'login',
  'getToken',
  'renew',
  'live',
  'makeKey',
  'read',
  'present',
  'login',
  'introspect',
  'read',
  'logout',
  'revoke',
  'renew',
  'read',
  'present',
];

interface Session {
  token: string;
  earlier: string[];
  isBusy: boolean;
  /** Its end was asked for. */
  isLeaving: boolean;
  /** A renewal was not answered with a token. It may have been done: the token then dies, but renews all the same. */
  isInDoubt: boolean;
  /** How often data had been lost before its token was asked for. */
  losses: number;
}

interface LoggedOut {
  token: string;
  /** When the answer came. */
  atMs: number;
}

/** Requests of every kind, and a record of what each was answered, from which the service is judged. */
export class MixedLoad {
  readonly record: LoadRecord;
  private readonly broken: unknown[] = [];
  private readonly registered: string[] = [];
  private readonly loggedOut: LoggedOut[] = [];
  private readonly sessions: Session[] = [];
  private readonly round: readonly Kind[];
  private readonly machines: MachineLoad;
  private readonly inFlight = new Set<Promise<void>>();
  private logins = 0;
  private logOuts = 0;
  private losses = 0;
  private losing = 0;
  /** The sessions of which the service has forgotten something. */
  private readonly forgotten = new Set<string>();
  private isRunning = true;
  private readonly running: Promise<void>;

  private constructor(
    private readonly client: Client,
    registered: RegisteredClient,
    private readonly apis?: Apis,
    answerLimitMs?: number,
  ) {
    this.round = apis
      ? ROUND.flatMap((kind) => (kind === 'read' ? [kind, 'verify'] : [kind]))
      : ROUND;
    this.record = new LoadRecord([...new Set(this.round)], answerLimitMs);
    this.machines = new MachineLoad(client, registered, this.ask.bind(this));
    this.running = this.run();
  }

  /**
   * Begins.
   * @param server whose stores the client that asks for tokens is registered in
   * @param client asks; the server's own if it is not given
   * @param apis keep answers, and are asked about tokens too
   * @param answerLimitMs what all but a hundredth of the requests keep to
   */
  static async on(
    server: Server,
    client: Client = server.client,
    apis?: Apis,
    answerLimitMs?: number,
  ): Promise<MixedLoad> {
    return new MixedLoad(client, await registerVerifier(server), apis, answerLimitMs);
  }

  /** Goes on until requests of every kind are served again after a fault that ended then. */
  async untilServed(endedMs: number): Promise<void> {
    await sleep(SETTLED_MS);
    await eventually(() => this.record.expectRecovery(endedMs), RECOVERY_LIMIT_MS);
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
      this.machines.expectRevoked(this.record, recent, statusOf),
    ]);
  }

  /** Runs what makes the service forget tokens: of none that was issued before or meanwhile is it known. */
  async forgetting(lose: () => Promise<unknown>): Promise<void> {
    this.losing++;
    await lose();
    this.losing--;
    this.losses++;
    for (const { token } of this.sessions) this.forgotten.add(sidOf(token));
  }

  /** Whether the service still has to know all that happened in a session. */
  knows(sessionId: string): boolean {
    return !this.forgotten.has(sessionId);
  }

  private async run(): Promise<void> {
    for (let step = 0; this.isRunning; step++) {
      const kind = this.round[step % this.round.length] ?? 'live';
      this.follow(this.step(kind));
      await sleep(PAUSE_MS);
    }
  }

  /** Waits for it before the end, and keeps what it throws. */
  private follow(work: Promise<void>): void {
    const followed = work.catch((error: unknown) => void this.broken.push(error));
    this.inFlight.add(followed);
    void followed.finally(() => this.inFlight.delete(followed));
  }

  private async step(kind: Kind): Promise<void> {
    if (kind === 'register') return this.register();
    if (kind === 'login') return this.logIn();
    if (kind === 'live') return this.live();
    if (kind === 'getToken') return this.machines.getToken();
    if (kind === 'present') return this.machines.present();
    if (kind === 'introspect') return this.machines.introspect();
    if (kind === 'revoke') return this.machines.revoke();
    const session = this.sessions.find(({ isBusy }) => !isBusy);
    if (!session) return;
    if (kind === 'read') return this.read(session);
    if (kind === 'makeKey') return this.makeKey(session);
    if (kind === 'verify') return this.verify(session);
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
    const { losses } = this;
    const { status, body } = await this.ask('login', () =>
      this.client.post('/authenticate_user', { json }),
    );
    if (status !== 200) return;
    const token = String(body.token);
    if (losses !== this.losses) this.forgotten.add(sidOf(token));
    const states = { isBusy: false, isLeaving: false, isInDoubt: false };
    this.sessions.push({ token, earlier: [], losses, ...states });
  }

  /** Whether a session's token has to be renewed, to be asked once the answer is there. */
  private renewability({ losses, token }: Session): () => boolean {
    const expiresAtMs = Number(claimsOf(token).exp) * 1_000;
    return () => this.losing === 0 && losses === this.losses && Date.now() < expiresAtMs;
  }

  /** The same of whether it has to be honoured. */
  private liveness(session: Session): () => boolean {
    const { isInDoubt } = session;
    const isRenewable = this.renewability(session);
    return () => !isInDoubt && isRenewable();
  }

  /** The same, unless a log-out or a renewal overtook it. */
  private livenessBeside(session: Session): () => boolean {
    const { token } = session;
    const isGood = this.liveness(session);
    return () => isGood() && !session.isBusy && !session.isLeaving && session.token === token;
  }

  private makeKey(session: Session): Promise<void> {
    const { token } = session;
    return this.machines.makeKey(token, { token, isLive: this.livenessBeside(session) });
  }

  /** As a request to an API that keeps answers; and one with the token that was logged out last. */
  private async verify(session: Session): Promise<void> {
    const left = this.loggedOut.at(-1);
    const asked = [
      { token: session.token, isLive: this.livenessBeside(session) },
      ...(left ? [left] : []),
    ];
    await Promise.all(
      asked.map(({ token, ...known }) =>
        this.ask('verify', () => this.apis!.ask(token), { token, ...known }),
      ),
    );
  }

  /** Goes on asking each of the APIs about a token until something is answered. */
  private async verifyingMeanwhile(token: string, change: Promise<Answer>): Promise<Answer> {
    let isAnswered = false;
    const answer = change.finally(() => (isAnswered = true));
    const goOn = async (ask: () => Promise<Answer>) => {
      while (!isAnswered) {
        await this.ask('verify', ask, { token });
        await sleep(VERIFY_PAUSE_MS);
      }
    };
    for (const ask of this.apis?.questions(token) ?? []) this.follow(goOn(ask));
    return answer;
  }

  /** As a request to each of the APIs. */
  private async verifyEverywhere(known: Known & { token: string }): Promise<void> {
    const questions = this.apis?.questions(known.token) ?? [];
    await Promise.all(questions.map((ask) => this.ask('verify', ask, known)));
  }

  private async read(session: Session): Promise<void> {
    const { token } = session;
    const isLive = this.livenessBeside(session);
    await this.ask('read', () => this.client.get('/user', { bearer: token }), { token, isLive });
    const left = this.loggedOut.at(-1);
    if (!left) return;
    const options = { bearer: left.token };
    await this.ask('read', () => this.client.get('/user', options), { token: left.token });
  }

  private async renew(session: Session): Promise<void> {
    const { token } = session;
    const { losses } = this;
    const isGood = this.renewability(session);
    const known = { token, isLive: () => isGood() && !session.isLeaving };
    const send = () =>
      this.ask('renew', () => this.client.post('/renew_token', { bearer: token }), known);
    const answers = await Promise.all([send(), send()]);
    const renewed = answers.find(({ status }) => status === 200);
    session.isInDoubt = renewed === undefined;
    if (renewed) {
      session.earlier.push(token);
      session.token = String(renewed.body.token);
      session.losses = losses;
    } else if (answers.some(({ status }) => status === 401)) {
      session.token = '';
    }
  }

  private async logOut(session: Session): Promise<void> {
    const { token } = session;
    const isGood = this.liveness(session);
    const wasLeaving = session.isLeaving;
    const known = { token, isLive: () => isGood() && !wasLeaving };
    // Every second time each has an answer to forget; else they ask for it just now.
    if (this.logOuts++ % 2 === 0) await this.verifyEverywhere(known);
    session.isLeaving = true;
    const leaving = this.ask('logout', () => this.client.post('/logout', { bearer: token }), known);
    const { status } = await this.verifyingMeanwhile(token, leaving);
    if (status === 200) {
      const atMs = performance.now();
      for (const each of [...session.earlier, token]) this.loggedOut.push({ token: each, atMs });
      await this.verifyEverywhere({ token });
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
    { token, username, isLive }: Known = {},
  ): Promise<Answer> {
    const atMs = performance.now();
    const answer = await send();
    if (answer.status === UNANSWERED) return answer;
    const wasLive = isLive?.() ?? false;
    const answered: unknown = answer.body?.token;
    this.record.add({
      atMs,
      kind,
      status: answer.status,
      ms: performance.now() - atMs,
      ...(token !== undefined && { jti: jtiOf(token) }),
      ...(typeof answered === 'string' && { answeredJti: jtiOf(answered) }),
      ...(username !== undefined && { username }),
      isLive: () => wasLive,
    });
    return answer;
  }

  private async expectLoggedOut(loggedOut: LoggedOut[]): Promise<void> {
    for (const { token, atMs } of loggedOut) {
      this.record.expectRefusedSince(atMs, token);
      const use = () => this.client.get('/user', { bearer: token });
      const renew = () => this.client.post('/renew_token', { bearer: token });
      for (const ask of [use, renew]) expect(await statusOf(ask)).toBe(401);
    }
  }

  private async expectLogins(registered: string[]): Promise<void> {
    for (const username of registered) {
      const json = { username, password: PASSWORD };
      expect(await statusOf(() => this.client.post('/authenticate_user', { json }))).toBe(200);
    }
  }
}

function sidOf(token: string): string {
  return String(claimsOf(token).sid);
}

/** What is answered if nothing fails; a busy machine may need another attempt, and never says a wrong thing. */
async function statusOf(ask: () => Promise<Answer>): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const { status } = await ask();
    if (status !== 503 || attempt === ATTEMPTS) return status;
    await sleep(PAUSE_MS);
  }
}
