import type { Database } from '../database/database.js';
import {
  ChangeFeed,
  keyOf,
  MAX_VERIFIERS,
  type FeedEntry,
  type Lease,
  type LeaseList,
  type LeaseOutcome,
  type LeaseRecord,
  type Look,
  type Position,
  type VerifierName,
} from './change-feed.js';
import { appendRow, nameRows, readRows, type FoundRows } from './change-rows.js';
import { randomWord } from './random-word.js';

/**
 * The feed of one process that serves verifiers, and of commands beside it. Entries are rows, because commands
 * append too; leases are in the memory of the process that gives them. That process writes its own word into row 0
 * at its first look; a process that does not find its own word there is not the one that knows the leases.
 */
export class SqliteChangeFeed extends ChangeFeed {
  override readonly sharesLeases = false;
  private word = randomWord();
  private readonly records = new Map<string, LeaseRecord>();
  private beats = 0;

  constructor(private readonly database: Database) {
    super();
  }

  override async append(entry: FeedEntry): Promise<Position> {
    const { word = '', index } = await this.database.write((manager) => appendRow(manager, entry));
    return { life: word, index };
  }

  override async look(leases: readonly Lease[], after?: Position): Promise<Look> {
    const outcomes = leases.map((lease) => this.record(lease));
    const start = after?.life === this.word ? after.index : 0;
    let found = await this.read(start);
    if (found.word !== this.word) {
      // A new one: another process may have given leases meanwhile.
      this.word = randomWord();
      await this.database.write((manager) => nameRows(manager, this.word));
      found = await this.read(0);
    }
    const { end, entries } = found;
    return { life: this.word, end, entries, outcomes };
  }

  override async leases(): Promise<LeaseList> {
    const { word = '' } = await this.read(Number.MAX_SAFE_INTEGER);
    return { life: word, isComplete: word === this.word, leases: [...this.records.values()] };
  }

  override drop(record: LeaseRecord): Promise<void> {
    const key = keyOf(record);
    if (this.records.get(key)?.beat === record.beat) this.records.delete(key);
    return Promise.resolve();
  }

  override giveBack(name: VerifierName): Promise<void> {
    this.records.delete(keyOf(name));
    return Promise.resolve();
  }

  private record(lease: Lease): LeaseOutcome {
    const key = keyOf(lease);
    const isKnown = this.records.has(key);
    if (isKnown && lease.acknowledged === '') return 'kept';
    if (!isKnown && this.countOf(lease.client) >= MAX_VERIFIERS) return 'full';
    this.beats += 1;
    this.records.set(key, { ...lease, beat: String(this.beats) });
    return 'granted';
  }

  private countOf(client: string): number {
    return [...this.records.values()].filter((record) => record.client === client).length;
  }

  private read(after: number): Promise<FoundRows> {
    return this.database.read((manager) => readRows(manager, after));
  }
}
