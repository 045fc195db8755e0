import { Injectable } from '@nestjs/common';
import { ChangeFeed, keyOf, type VerifierName } from './change-feed.js';
import { MonotonicClock } from './monotonic-clock.js';

/** A verifier that has a lease on record. */
export interface SeenVerifier extends VerifierName {
  readonly leaseMs: number;
  /** Whether it renewed its lease while it was watched. Changes wait for one that does not, until its record is dropped. */
  readonly isPolling: boolean;
}

/** Shows operators which verifiers there are. */
@Injectable()
export class VerifierSightings {
  constructor(
    private readonly feed: ChangeFeed,
    private readonly clock: MonotonicClock,
  ) {}

  /**
   * Watches the verifiers for as long as their leases last.
   * @returns undefined if only the process of the service knows them, as on SQLite
   * @throws DomainError `service-unavailable`
   */
  async look(): Promise<SeenVerifier[] | undefined> {
    if (!this.feed.sharesLeases) return undefined;
    const { leases: before } = await this.feed.leases();
    if (before.length === 0) return [];
    await this.clock.sleep(Math.max(...before.map(({ lengthMs }) => lengthMs)));
    const { leases } = await this.feed.leases();
    const beats = new Map(before.map((record) => [keyOf(record), record.beat]));
    return leases.map(({ client, verifier, lengthMs, beat }) => ({
      ...{ client, verifier, leaseMs: lengthMs },
      isPolling: beats.get(keyOf({ client, verifier })) !== beat,
    }));
  }
}
