export interface PostgresCluster {
  readonly url: string;
  /** Starts it again after `stopAtOnce`: same port, settings and data. */
  start(): Promise<void>;
  /** PostgreSQL's "immediate" mode: connections are cut, and the next start recovers. */
  stopAtOnce(): Promise<void>;
  /** Pauses it with all its processes. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export function startPostgresCluster(
  settings?: Record<string, string | number>,
): Promise<PostgresCluster>;
