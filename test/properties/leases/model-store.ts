import {
  ChangeFeed,
  keyOf,
  type FeedEntry,
  type IndexedEntry,
  type Lease,
  type LeaseList,
  type LeaseOutcome,
  type LeaseRecord,
  type Look,
  type Position,
  type VerifierName,
} from '../../../src/feed/change-feed.js';

/** A store that answers when it pleases. `lose` is a restart without its data. */
export class ModelStore {
  life = 'life-0';
  entries: IndexedEntry[] = [];
  leases = new Map<string, LeaseRecord>();
  private count = 0;

  lose(): void {
    this.count += 1;
    this.life = `life-${this.count}`;
    this.entries = [];
    this.leases.clear();
  }

  record(lease: Lease): LeaseOutcome {
    const key = keyOf(lease);
    if (this.leases.has(key) && lease.acknowledged === '') return 'kept';
    this.count += 1;
    this.leases.set(key, { ...lease, beat: `beat-${this.count}` });
    return 'granted';
  }
}

/**
 * An instance's way to the store. Each of its steps arrives at some time, and is answered at some later time; a
 * look is two steps, as in PostgreSQL.
 */
export class ModelFeed extends ChangeFeed {
  readonly sharesLeases = true;
  /** @param travel resolves when a message has arrived */
  constructor(
    private readonly store: ModelStore,
    private readonly travel: () => Promise<void>,
  ) {
    super();
  }

  override append(entry: FeedEntry): Promise<Position> {
    return this.step(() => {
      const index = this.store.entries.length + 1;
      this.store.entries.push({ ...entry, index });
      return { life: this.store.life, index };
    });
  }

  override async look(leases: readonly Lease[], after?: Position): Promise<Look> {
    const outcomes =
      leases.length > 0
        ? await this.step(() => leases.map((lease) => this.store.record(lease)))
        : [];
    return this.step(() => {
      const { life, entries } = this.store;
      const known = after?.life === life ? after.index : 0;
      return { life, end: entries.length, entries: entries.slice(known), outcomes };
    });
  }

  override leases(): Promise<LeaseList> {
    return this.step(() => ({
      life: this.store.life,
      isComplete: true,
      leases: [...this.store.leases.values()],
    }));
  }

  override drop(record: LeaseRecord): Promise<void> {
    return this.step(() => {
      const key = keyOf(record);
      if (this.store.leases.get(key)?.beat === record.beat) this.store.leases.delete(key);
    });
  }

  override giveBack(name: VerifierName): Promise<void> {
    return this.step(() => void this.store.leases.delete(keyOf(name)));
  }

  private async step<T>(act: () => T): Promise<T> {
    await this.travel();
    const result = act();
    await this.travel();
    return result;
  }
}
