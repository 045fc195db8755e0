import type { PollAnswer } from '../../../src/feed/verifier-polls.js';
import type { ModelClock } from './model-clock.js';

/** A verifier as the protocol demands it: docs/verifiers.md. Times are of its own clock. */
export class ModelVerifier {
  after: string | undefined;
  private readonly kept = new Set<string>();
  private readonly forgottenAt = new Map<string, number>();
  private resetAt = 0;
  private leaseUntilMs = -Infinity;
  /** In the order of all that happens to this verifier. */
  private moment = 0;

  constructor(private readonly clock: ModelClock) {}

  /** To be called when a poll, or a question, is sent. */
  begin(): { atMs: number; at: number } {
    this.moment += 1;
    return { atMs: this.clock.nowMs(), at: this.moment };
  }

  /** The answer to a poll. */
  apply(sentAtMs: number, { next, leaseMs, changed }: PollAnswer): void {
    this.moment += 1;
    this.leaseUntilMs = Math.max(this.leaseUntilMs, sentAtMs + leaseMs);
    if (changed === undefined) {
      this.kept.clear();
      this.resetAt = this.moment;
    }
    for (const sid of changed ?? []) {
      this.kept.delete(sid);
      this.forgottenAt.set(sid, this.moment);
    }
    this.after = next;
  }

  /** An active answer of introspection, to a question that was sent at that moment. */
  keep(sid: string, askedAt: number): void {
    const cameMeanwhile = Math.max(this.resetAt, this.forgottenAt.get(sid) ?? 0) > askedAt;
    if (!cameMeanwhile) this.kept.add(sid);
  }

  /** Whether a request that comes now is accepted without asking. */
  accepts(sid: string): boolean {
    return this.clock.nowMs() < this.leaseUntilMs && this.kept.has(sid);
  }
}
