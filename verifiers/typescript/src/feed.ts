import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Changes } from './changes.js';
import type { Clock } from './clock.js';
import type { Gatehouse, News } from './gatehouse.js';
import type { KeptAnswers } from './kept-answers.js';
import type { Lease } from './lease.js';
import { GatehouseUnavailable } from './unavailable.js';

/** Until the first answer says how long a lease is. */
const FIRST_TIMEOUT_MS = 2_000;

/** Polls that bring nothing come no closer, whatever the server does. */
const QUIET_PAUSE_MS = 5;

/** Gatehouse gives no lease to a client that it has not known for half a second. */
const LEASELESS_PAUSE_MS = 50;

const LONGEST_PAUSE_MS = 1_000;
const LONGEST_ASKED_PAUSE_MS = 30_000;

export interface Told {
  readonly lease: Lease;
  readonly changes: Changes;
  readonly kept: KeptAnswers;
}

/** Polls for changes, one poll at a time, and applies each answer before it sends the next, which acknowledges it. */
export class Feed {
  private readonly verifier = randomBytes(24).toString('base64url');
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;
  private after: string | undefined;
  private leaseMs: number | undefined;
  private failures = 0;

  constructor(
    private readonly gatehouse: Gatehouse,
    private readonly clock: Clock,
    private readonly told: Told,
  ) {
    this.running = this.run();
  }

  /** Ends the lease, here first. */
  async close(): Promise<void> {
    this.closing.abort();
    this.told.lease.end();
    this.told.kept.clear();
    await this.running;
    // If it cannot be given back, it runs out.
    await this.gatehouse.giveBack(this.verifier).catch(() => undefined);
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const pauseMs = await this.poll(signal);
      if (pauseMs > 0) await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns how long to wait before the next one */
  private async poll(signal: AbortSignal): Promise<number> {
    const sentAtMs = this.clock.now();
    try {
      const { verifier, after } = this;
      const times = { waitMs: this.waitMs, timeoutMs: this.timeoutMs };
      const news = await this.gatehouse.changes({ verifier, after, ...times, signal });
      if (signal.aborted) return 0;
      this.apply(news, sentAtMs);
      const tookMs = this.clock.now() - sentAtMs;
      const pauseMs = news.leaseMs === 0 ? LEASELESS_PAUSE_MS : QUIET_PAUSE_MS;
      return news.changed.length === 0 ? Math.max(0, pauseMs - tookMs) : 0;
    } catch (error) {
      this.failures += 1;
      return this.pauseAfter(error);
    }
  }

  private apply({ next, leaseMs, changed }: News, sentAtMs: number): void {
    const { lease, changes, kept } = this.told;
    if (changed === 'everything') {
      changes.reset();
      kept.clear();
    } else if (changed.length > 0) changes.note(changed);
    this.after = next;
    this.failures = 0;
    // A poll that gives no lease takes none away: the one that was given before goes on.
    if (leaseMs === 0) return;
    this.leaseMs = leaseMs;
    lease.renew(sentAtMs, leaseMs, this.clock.now());
  }

  /** After a failure the lease is in danger: the answer should come at once. */
  private get waitMs(): number {
    return this.failures > 0 ? 0 : Math.floor((this.leaseMs ?? 0) / 4);
  }

  /** Early enough that a poll that is lost leaves no gap; later than a lease its answer renews nothing. */
  private get timeoutMs(): number {
    if (this.leaseMs === undefined) return FIRST_TIMEOUT_MS;
    return this.failures > 0 ? this.leaseMs : Math.ceil(this.leaseMs / 2);
  }

  /** Longer each time, and never the same: verifiers that lost one instance do not all come back at once. */
  private pauseAfter(error: unknown): number {
    const { status, retryAfterSeconds } =
      error instanceof GatehouseUnavailable ? error : { status: undefined, retryAfterSeconds: 0 };
    // Gatehouse does not understand the cursor.
    if (status === 400) this.after = undefined;
    const stepMs = (this.leaseMs ?? FIRST_TIMEOUT_MS / 2) / 20;
    const ownMs = Math.min(stepMs * 2 ** (this.failures - 1), LONGEST_PAUSE_MS);
    const askedMs = status === undefined ? 0 : retryAfterSeconds * 1000;
    const pauseMs = Math.max(ownMs, Math.min(askedMs, LONGEST_ASKED_PAUSE_MS));
    return pauseMs * (1 + Math.random()) * (askedMs > ownMs ? 1 : 0.5);
  }
}
