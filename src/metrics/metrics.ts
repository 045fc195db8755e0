import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { Env } from '../config/env.js';
import { isUnavailable } from '../problems/errors.js';
import { CachedValue } from './cached-value.js';
import { createInstruments, type Instruments } from './instruments.js';
import {
  methodLabel,
  type CodeOutcome,
  type KeyChange,
  type KeyOutcome,
  type LoginOutcome,
  type MailOutcome,
  type RenewalKind,
  type RevocationCause,
  type Store,
  type StoreOperation,
} from './labels.js';

/**
 * What the service counts and times for Prometheus. The rooms above tell it what happened, in a few fixed
 * words: a label never holds what a client chose. With `METRICS=false` it keeps no numbers.
 */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly instruments: Instruments | undefined;

  constructor(env: Env) {
    if (!env.METRICS) return;
    this.instruments = createInstruments(this.registry);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Everything in Prometheus' text format 0.0.4. Resolves within about a second, whatever is down. */
  async exposition(): Promise<string> {
    return this.registry.metrics();
  }

  /** @param route the pattern of the route; undefined if none matched */
  request(method: string, route: string | undefined, status: number, seconds: number): void {
    const labels = { method: methodLabel(method), route: route ?? 'unmatched', status };
    this.instruments?.requests.observe(labels, seconds);
  }

  login(outcome: LoginOutcome): void {
    this.instruments?.logins.inc({ outcome });
  }

  registration(): void {
    this.instruments?.registrations.inc();
  }

  /** A fresh token was given for an older one. */
  renewal(kind: RenewalKind): void {
    this.instruments?.renewals.inc({ kind });
  }

  tokenReuse(): void {
    this.instruments?.reuses.inc();
  }

  /** One or more sessions ended before their time; call it once that is certain. */
  revocation(cause: RevocationCause): void {
    this.instruments?.revocations.inc({ cause });
  }

  clientTokenIssued(): void {
    this.instruments?.clientTokens.inc();
  }

  clientAuthenticationFailure(): void {
    this.instruments?.clientFailures.inc();
  }

  introspection(isActive: boolean): void {
    this.instruments?.introspections.inc({ active: String(isActive) });
  }

  /** A request came with an API key. */
  keyCheck(outcome: KeyOutcome): void {
    this.instruments?.keyChecks.inc({ outcome });
  }

  /** A code of a second factor was checked. */
  codeCheck(outcome: CodeOutcome): void {
    this.instruments?.codeChecks.inc({ outcome });
  }

  keyCreated(): void {
    this.instruments?.keyChanges.inc({ change: 'created' satisfies KeyChange });
  }

  keysDeleted(count: number): void {
    this.instruments?.keyChanges.inc({ change: 'deleted' satisfies KeyChange }, count);
  }

  /** What became of an attempt to send a mail. */
  mail(outcome: MailOutcome): void {
    this.instruments?.mails.inc({ outcome });
  }

  /** Times what a store answers, and counts what it cannot: a `service-unavailable`. */
  store<S extends Store, T>(
    store: S,
    operation: StoreOperation<S>,
    ask: () => Promise<T>,
  ): Promise<T> {
    return this.instruments ? timed(this.instruments, { store, operation }, ask) : ask();
  }

  /** A change was waited for until every verifier had forgotten. */
  changeWait(seconds: number): void {
    this.instruments?.changeWaits.observe(seconds);
  }

  /** A change was read from the feed while verifiers waited for one. */
  feedLag(seconds: number): void {
    this.instruments?.feedLags.observe(seconds);
  }

  /** Times the computing of a password hash. */
  async hash<T>(functionId: string, compute: () => Promise<T>): Promise<T> {
    const stop = this.instruments?.hashes.startTimer({ function: functionId });
    try {
      return await compute();
    } finally {
      stop?.();
    }
  }

  /** Shows at each scrape how many password hashes wait and are computed. */
  watchHashes(counts: { waiting: () => number; running: () => number }): void {
    this.gauge('gatehouse_password_hashes_waiting', 'Password hashes that wait.', (gauge) =>
      gauge.set(counts.waiting()),
    );
    this.gauge('gatehouse_password_hashes_running', 'Password hashes being computed.', (gauge) =>
      gauge.set(counts.running()),
    );
  }

  /** Shows how many sessions live, if `count` resolves in time; asks it seldom: see `CachedValue`. */
  watchSessions(count: () => Promise<number>): void {
    const help = 'Sessions of all users that can still be renewed, on whatever instance.';
    this.seldom('gatehouse_live_sessions', help, count);
  }

  /** Shows how many verifiers have a lease; asks for it as seldom. */
  watchVerifiers(count: () => Promise<number>): void {
    const help = 'Verifiers that may keep answers of introspection, on whatever instance.';
    this.seldom('gatehouse_verifiers', help, count);
  }

  /** Shows how many mails are to be sent; asks for it as seldom. */
  watchMails(count: () => Promise<number>): void {
    const help = 'Mails that are to be sent, by whatever instance.';
    this.seldom('gatehouse_mails_waiting', help, count);
  }

  private seldom(name: string, help: string, count: () => Promise<number>): void {
    const reading = new CachedValue(count);
    this.gauge(name, help, async (gauge) => {
      const value = await reading.take();
      if (value === undefined) gauge.remove();
      else gauge.set(value);
    });
  }

  private gauge(name: string, help: string, update: (gauge: Gauge) => void | Promise<void>): void {
    if (!this.instruments) return;
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: () => update(gauge),
    });
  }
}

async function timed<T>(
  { storeOperations, storeErrors }: Instruments,
  labels: { store: Store; operation: string },
  ask: () => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  try {
    const answer = await ask();
    storeOperations.observe(labels, secondsSince(startedMs));
    return answer;
  } catch (error) {
    if (isUnavailable(error)) storeErrors.inc(labels);
    else storeOperations.observe(labels, secondsSince(startedMs));
    throw error;
  }
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
