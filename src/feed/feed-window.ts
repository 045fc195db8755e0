import { LOOK_ENTRIES, type IndexedEntry, type Look, type Position } from './change-feed.js';

/** More than that in one answer are not named: the verifier forgets everything. */
const MAX_ANSWERED_SIDS = 4_096;

/** What a verifier has to do to be at `next`. */
export interface News {
  readonly next: Position;
  /** What to forget; undefined: everything. */
  readonly changed: readonly string[] | undefined;
  /** Whether there is something that the verifier should hear of at once. */
  readonly isUrgent: boolean;
}

interface Seen extends IndexedEntry {
  readonly seenAtMs: number;
}

/** The last entries of the feed, as a process has seen them. */
export class FeedWindow {
  private life: string | undefined;
  private end = 0;
  private entries: Seen[] = [];

  /** Up to where the feed was seen; undefined before the first look. */
  get position(): Position | undefined {
    return this.life === undefined ? undefined : { life: this.life, index: this.end };
  }

  /** Moves on to what a look has found. @returns the entries that are new */
  take(look: Look, nowMs: number): IndexedEntry[] {
    const isOther = look.life !== this.life;
    // Answers may overtake each other.
    if (!isOther && look.end <= this.end) return [];
    const fresh = look.entries.filter(({ index }) => isOther || index > this.end);
    const isGapless = !isOther && fresh[0]?.index === this.end + 1;
    if (!isGapless) this.entries = [];
    this.entries.push(...fresh.map((entry) => ({ ...entry, seenAtMs: nowMs })));
    if (this.entries.length > 2 * LOOK_ENTRIES) this.entries = this.entries.slice(-LOOK_ENTRIES);
    this.life = look.life;
    this.end = look.end;
    return fresh;
  }

  /** What is new behind a position. @throws before the first look */
  since(after: Position | undefined): News {
    const next = this.position;
    if (!next) throw new Error('since() before the first look');
    const from = this.known(after);
    if (from === undefined) return { next, changed: undefined, isUrgent: true };
    const entries = from === this.end ? [] : this.entries.slice(from - this.end);
    const isUrgent = entries.some(({ isQuiet }) => !isQuiet);
    const sids = new Set<string>();
    for (const entry of entries) {
      if (entry.sids === 'everything') return { next, changed: undefined, isUrgent };
      for (const sid of entry.sids) sids.add(sid);
    }
    return { next, changed: sids.size > MAX_ANSWERED_SIDS ? undefined : [...sids], isUrgent };
  }

  /** Since when the first entry behind a position has been seen; undefined if there is none. */
  unheardSinceMs(after: Position): number | undefined {
    if (after.life !== this.life || after.index >= this.end) return undefined;
    const first = this.entries.at(Math.max(after.index - this.end, -this.entries.length));
    return first?.seenAtMs;
  }

  /** The index of a position behind which the window has everything. */
  private known(after: Position | undefined): number | undefined {
    if (after?.life !== this.life || after === undefined) return undefined;
    const start = this.end - this.entries.length;
    return after.index >= start && after.index <= this.end ? after.index : undefined;
  }
}
