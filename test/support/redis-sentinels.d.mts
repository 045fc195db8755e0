/** Three sentinels of a Redis. */
export interface RedisSentinels {
  /** Their name for the primary. */
  readonly name: string;
  readonly ports: number[];
  /** `HOST:PORT` of each, with commas. */
  readonly nodes: string;
  /** Asks one that has not been killed. */
  cli(...words: string[]): Promise<string>;
  /** Asks the one at a port. */
  cliOf(port: number, ...words: string[]): Promise<string>;
  kill(index: number): Promise<void>;
  pause(index: number): void;
  resume(index: number): void;
  stop(): Promise<void>;
}

export function startSentinels(
  primaryPort: number,
  encryption?: Record<string, string>,
): Promise<RedisSentinels>;
