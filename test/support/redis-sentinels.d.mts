/** Three sentinels of a Redis. */
export interface RedisSentinels {
  /** Their name for the primary. */
  readonly name: string;
  readonly ports: number[];
  /** `HOST:PORT` of each, with commas. */
  readonly nodes: string;
  cli(...words: string[]): Promise<string>;
  kill(index: number): Promise<void>;
  pause(index: number): void;
  resume(index: number): void;
  stop(): Promise<void>;
}

export function startSentinels(primaryPort: number, settings?: string[]): Promise<RedisSentinels>;
