export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** What `redis-cli` prints. */
  cli(...words: string[]): Promise<string>;
  /** Starts it again after `kill`: same port, same settings, and the data that is on disk. */
  start(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Empties the data folder of a server that was killed. */
  loseData(): void;
  /** Copies what it has on disk. */
  takeSnapshot(): void;
  /** Gives a server that was killed the copy's data in the place of its own. */
  returnToSnapshot(): void;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export function startRedisServer(settings?: Record<string, string | number>): Promise<RedisServer>;
