import { REDIS_PROBE_MS, REDIS_SILENCE_MS } from './redis-limits.js';

/** What is asked of the client of one connection. */
interface Connection {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  /** What replaces it, if that is not to destroy it and to connect again. */
  renew?(): void;
  sendCommand(command: string[]): Promise<unknown>;
}

/** How many beats a ping may be unanswered: counted, so that a process that was held up blames no server. */
const UNANSWERED_BEATS = REDIS_SILENCE_MS / REDIS_PROBE_MS;

/** The present connections, each of which is replaced if no answer comes on it any more. */
export class Connections {
  private readonly unanswered = new WeakMap<Connection, number>();

  constructor(private readonly list: () => Connection[]) {}

  /**
   * Pings on each connection. To be called every `REDIS_PROBE_MS`.
   * @returns whether one was silent for `REDIS_SILENCE_MS`, and was given up
   */
  beat(): boolean {
    let isSilent = false;
    for (const connection of this.list()) {
      if (!connection.isReady) continue;
      const beats = this.unanswered.get(connection);
      if (beats === undefined) {
        this.ping(connection);
      } else if (beats < UNANSWERED_BEATS) {
        this.unanswered.set(connection, beats + 1);
      } else {
        renew(connection);
        isSilent = true;
      }
    }
    return isSilent;
  }

  /** Replaces every connection, at the addresses that the servers' names have by now. */
  renew(): void {
    for (const connection of this.list()) if (connection.isReady) renew(connection);
  }

  private ping(connection: Connection): void {
    this.unanswered.set(connection, 1);
    const heard = () => this.unanswered.delete(connection);
    connection.sendCommand(['PING']).then(heard, heard);
  }
}

/** Whatever waits for an answer on the old connection hears that none will come. */
function renew(connection: Connection): void {
  if (connection.renew) {
    connection.renew();
    return;
  }
  connection.destroy();
  // It tries until it succeeds or is destroyed, and tells its listeners of each failure.
  connection.connect().catch(() => undefined);
}
