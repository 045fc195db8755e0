/** A place in the feed: behind this many entries of this life of the store. */
export interface Position {
  /**
   * Names the store's life: `[A-Za-z0-9_-]`, at most 64. It changes whenever entries or leases may have been
   * lost: the store was emptied, restored, restarted without its data, or promoted from a replica.
   */
  readonly life: string;
  readonly index: number;
}

/** One entry: what to forget. */
export interface FeedEntry {
  /** `everything` if there were too many to name. */
  readonly sids: readonly string[] | 'everything';
  /** Whether polls need not end because of it. */
  readonly isQuiet: boolean;
  /** When it was written, on the writer's clock: only for people who look at figures. */
  readonly atMs: number;
}

export interface IndexedEntry extends FeedEntry {
  readonly index: number;
}

/** A verifier: a client, and the process of it. */
export interface VerifierName {
  readonly client: string;
  readonly verifier: string;
}

/** A lease as a poll asks for it. */
export interface Lease extends VerifierName {
  readonly lengthMs: number;
  /** The cursor up to which the verifier has applied everything; '' if it knows none of this life. */
  readonly acknowledged: string;
}

/** A lease as the store has it. */
export interface LeaseRecord extends Lease {
  /** Changes with each renewal. */
  readonly beat: string;
}

/**
 * - `granted`: the lease is recorded.
 * - `kept`: it acknowledges nothing, and the verifier has a record already, which stays as it is.
 * - `full`: the client has as many verifiers as it may.
 */
export type LeaseOutcome = 'granted' | 'kept' | 'full';

/** What a look at the feed found. */
export interface Look {
  readonly life: string;
  /** How many entries this life has. */
  readonly end: number;
  /** The last ones, without a gap, up to `end`. */
  readonly entries: readonly IndexedEntry[];
  /** In the order of the leases that were asked for. */
  readonly outcomes: readonly LeaseOutcome[];
}

/** The leases that the store knows of. */
export interface LeaseList {
  readonly life: string;
  /** Whether this is the place where all leases of this life are recorded. */
  readonly isComplete: boolean;
  readonly leases: readonly LeaseRecord[];
}

/** As many live verifiers as a client may have. */
export const MAX_VERIFIERS = 1_000;

/** As many entries as a look answers. */
export const LOOK_ENTRIES = 4_096;

/** As many entries as the store keeps, about. */
export const KEPT_ENTRIES = 10_000;

/**
 * What changed, in order, and who keeps answers of introspection. It only ever says *forget*, so nothing in
 * it can be misread as a yes.
 *
 * All methods work on the primary, never on a replica, and throw DomainError `service-unavailable` if the
 * store cannot answer; the step may then have happened or not, and repeating it is safe.
 */
export abstract class ChangeFeed {
  /** Whether every process finds the leases here, and not only the one that gives them. */
  abstract readonly sharesLeases: boolean;

  /** Appends one entry. @returns where it is; every later look finds it */
  abstract append(entry: FeedEntry): Promise<Position>;

  /**
   * Writes the leases, and *then* reads: one who appends an entry that is not found here, and lists the leases
   * after that, finds these.
   * @param leases no verifier twice
   * @param after entries up to here need not be read if it is of this life. Others are the last `LOOK_ENTRIES`
   *   at most; there may be fewer than there were.
   */
  abstract look(leases: readonly Lease[], after?: Position): Promise<Look>;

  /** The leases that are recorded. */
  abstract leases(): Promise<LeaseList>;

  /** Removes a record if it was not renewed since it was read. */
  abstract drop(record: LeaseRecord): Promise<void>;

  /** Removes the record of a verifier that keeps no answers any more. */
  abstract giveBack(name: VerifierName): Promise<void>;
}

/** A verifier's name as one text; neither part may have a space. */
export function keyOf({ client, verifier }: VerifierName): string {
  return `${client} ${verifier}`;
}
