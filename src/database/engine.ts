import type { EntityManager } from 'typeorm';

export type Work<T> = (manager: EntityManager) => Promise<T>;

/** What differs between the databases. Errors leave an engine as the driver made them. */
export interface Engine {
  /** Where the data lies, without secrets. */
  readonly place: string;

  /** Connects and brings the schema up to date; may be repeated after a failure. */
  connect(): Promise<void>;

  read<T>(work: Work<T>): Promise<T>;

  /**
   * Runs `work` in a transaction: all of it or nothing.
   * @param userId where given, no other transaction of this user runs meanwhile
   */
  write<T>(work: Work<T>, userId?: number): Promise<T>;

  /** Resolves where a write would be taken now, without one. */
  ping(): Promise<void>;

  /** The present on the database's clock. */
  nowMs(manager: EntityManager): Promise<number>;

  close(): Promise<void>;
}
