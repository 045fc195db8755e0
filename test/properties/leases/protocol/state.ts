/** Bounds, one bit each. */
export type Bounds = number;

/**
 * A lease that may still be used: the bounds that began after its poll was sent. There is no clock. A lease may last
 * until one of these bounds passes, and a bound may pass at any time: every lease from before is over then. A lease
 * that ends earlier only lets its verifier accept less.
 */
export type Lease = Bounds | null;

/** The bound of the change's wait. */
export const WAIT: Bounds = 1;

/** For each instance, the bound after which it trusts the list of leases. */
export const TRUST: readonly [Bounds, Bounds] = [2, 4];

/** In the feed: the change that is followed, or another one. */
export const FOLLOWED = 'F';
export const OTHER = 'o';

/** A cursor or an entry of another life of the store. */
export const NOWHERE = -1;

/** The verifiers that a change waits for. */
export type Pending = readonly ('followed' | 'other')[];

export interface Change {
  readonly phase: 'asked' | 'begun' | 'told' | 'answered';
  /** The instance that does it. */
  readonly by: number;
  /** Its index in the feed; 0 before it has one. */
  readonly entry: number;
  /** Whose leases it waits for; null before the first list. */
  readonly pending: Pending | null;
}

export interface Poll {
  /** How many of its two steps at the store are done. */
  readonly steps: number;
  readonly lease: Lease;
  /** The answer: its cursor, and whether it names the followed token. */
  readonly next: number;
  readonly forgets: boolean;
}

/** Always all fields, in the same order: equal states are equal as text. */
export interface State {
  /** The entries of this life of the store. */
  readonly feed: string;
  /** The verifier's lease as the store has it, and whether it acknowledges the followed change. */
  readonly record: 'none' | 'silent' | 'acknowledges';
  /** Whether the row of the followed token says that it is live. */
  readonly isLive: boolean;
  readonly change: Change;
  /** Whether every instance has heard that the client is there. Before that, one may tell nobody of a change. */
  readonly isHeardOf: boolean;
  /** How many other changes have no entry yet. */
  readonly others: number;
  /** The cursor of the last answer that the verifier applied. */
  readonly after: number;
  readonly lease: Lease;
  readonly poll: Poll | null;
  /** What the verifier knows of the followed token: an active answer is under way, or kept. */
  readonly answer: 'none' | 'under way' | 'kept' | 'refused';
  /** The instances that do not trust the list of leases yet. */
  readonly unsure: readonly [boolean, boolean];
  readonly crashes: number;
}

export interface Step {
  readonly name: string;
  readonly to: State;
}

/** @param crashes how many there may be */
export function initialState(others: number, crashes: number): State {
  return {
    feed: '',
    record: 'none',
    isLive: true,
    change: { phase: 'asked', by: 0, entry: 0, pending: null },
    isHeardOf: false,
    others,
    after: NOWHERE,
    lease: null,
    poll: null,
    answer: 'none',
    unsure: [false, false],
    crashes,
  };
}
