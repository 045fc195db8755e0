import { Injectable } from '@nestjs/common';
import { Batch } from '../database/batch.js';
import { isUnavailable } from '../problems/errors.js';
import { CLOCK_RATE, MonotonicClock } from './monotonic-clock.js';

/** How long a process may go on believing that there is no client with `--introspect`. */
const BELIEVED_MS = 500;

/** Of more clients than that the oldest is forgotten: when it comes back, it has no lease for a moment. */
const MAX_KNOWN = 10_000;

/**
 * Whether anybody may keep answers of introspection, so that a change costs nothing as long as nobody does.
 *
 * A process believes for a while that there is no such client. So no process gives a lease to a client that it has
 * not known for longer than that: by the time of its first lease, everybody has heard of the client. It counts
 * while its row is there, disabled or not; before the row goes, its last lease has to be over.
 */
@Injectable()
export class VerifierPresence {
  private exist: () => Promise<boolean> = () => Promise.resolve(true);
  private readonly questions = new Batch((asked: undefined[]) => this.learn(asked));
  private answer = false;
  private believedUntilMs = -Infinity;
  private readonly knownSinceMs = new Map<string, number>();

  constructor(private readonly clock: MonotonicClock) {}

  /**
   * Says how to learn whether there is a client with `--introspect`, disabled ones included. Without it, there may
   * always be one.
   */
  learnBy(exist: () => Promise<boolean>): void {
    this.exist = exist;
  }

  /** False only if whatever was changed before this call is in no answer that anybody keeps. Never fails. */
  async mayExist(): Promise<boolean> {
    if (this.clock.nowMs() <= this.believedUntilMs) return this.answer;
    return this.questions.add(undefined);
  }

  /** Whether a client that has just proved who it is has been known for long enough to have a lease. */
  isSettled(client: string): boolean {
    const nowMs = this.clock.nowMs();
    const sinceMs = this.knownSinceMs.get(client);
    if (sinceMs !== undefined) return nowMs - sinceMs > CLOCK_RATE * BELIEVED_MS;
    this.knownSinceMs.set(client, nowMs);
    const [oldest = ''] = this.knownSinceMs.keys();
    if (this.knownSinceMs.size > MAX_KNOWN) this.knownSinceMs.delete(oldest);
    return false;
  }

  private async learn(asked: undefined[]): Promise<boolean[]> {
    const begunMs = this.clock.nowMs();
    try {
      this.answer = await this.exist();
      this.believedUntilMs = begunMs + BELIEVED_MS;
      return asked.map(() => this.answer);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return asked.map(() => true);
    }
  }
}
