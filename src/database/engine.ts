import type { EntityManager } from 'typeorm';

export type Work<T> = (manager: EntityManager) => Promise<T>;

/** How ids that the database gives by itself are read, kept back and overridden. Each in a transaction. */
export interface GivenIds {
  /** The highest id that a row of the table was ever given, deleted ones included; 0 if there was none. */
  last(manager: EntityManager, table: string): Promise<number>;

  /** Lets no later row have an id up to this one. */
  reserve(manager: EntityManager, table: string, lastId: number): Promise<void>;

  /**
   * How an INSERT … SELECT takes ids that may be given.
   * @param given the column with the id, null if the database is to give one
   * @returns what stands before SELECT, and the expression of the id
   */
  insertion(table: string, given: string): { readonly overriding: string; readonly id: string };

  /** What ends a SELECT whose rows no other transaction may delete until this one has ended. */
  readonly rowLock: string;
}

/** What the next start would do to the schema. */
export interface Pending {
  readonly migrations: string[];
  readonly fault?: string | undefined;
}

/** What differs between the databases. Errors leave an engine as the driver made them. */
export interface Engine {
  /** Where the data lies, without secrets. */
  readonly place: string;

  /** Whether several instances may work on it, so that what one process remembers is not enough. */
  readonly isShared: boolean;

  readonly ids: GivenIds;

  /** Connects and brings the schema up to date; may be repeated after a failure. */
  connect(): Promise<void>;

  /** Connects and leaves all as it is, to look at it. */
  open(): Promise<void>;

  /** What would make a start, or some later request, fail: one line each. After `open` or `connect`. */
  faults(): Promise<string[]>;

  /**
   * The names of the migrations that the next start would apply, and why it would fail, if that is so.
   * Leaves all as it was. After `open` or `connect`.
   */
  pending(): Promise<Pending>;

  read<T>(work: Work<T>): Promise<T>;

  /**
   * Runs `work` in a transaction: all of it or none.
   * @param userId if given, no other transaction of this user runs meanwhile
   */
  write<T>(work: Work<T>, userId?: number): Promise<T>;

  /** As `write`, for what waits for a lock of this name: meanwhile no other of the process waits for it. */
  writeInTurn<T>(lock: string, work: Work<T>): Promise<T>;

  /** Resolves if a write would be accepted now, without making one. */
  ping(): Promise<void>;

  /** The present on the database's clock. */
  nowMs(manager: EntityManager): Promise<number>;

  close(): Promise<void>;
}
