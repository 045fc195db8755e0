import { createClient } from '@redis/client';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from '../config/env-values.js';
import { reconnectDelayMs, type clientOptions } from './client-options.js';
import type { Sentinels } from './sentinels.js';
import { fieldsOf } from './server-facts.js';

/** Makes the options of a client for a server. */
type Options = (server: ServerAddress) => ReturnType<typeof clientOptions>;

type Client = ReturnType<typeof clientOf>;

/**
 * A client of whichever server the sentinels call the primary. Whenever it loses that one it asks them again, until
 * a server is found that is a primary in its own eyes too. It emits `ready` before it is used for a server, and
 * `error` for each failure.
 */
export class PrimaryClient extends EventEmitter {
  private present: { readonly client: Client; readonly address: ServerAddress } | undefined;
  /** Whether it was told that no sentinel can be asked, since one could. */
  private isToldOfSilence = false;
  private life = new AbortController();
  private isComparing = false;

  constructor(
    private readonly sentinels: Sentinels,
    private readonly options: Options,
  ) {
    super();
  }

  get isReady(): boolean {
    return this.present !== undefined;
  }

  /** Tries until it succeeds. @throws if it is destroyed before */
  async connect(): Promise<void> {
    this.life = new AbortController();
    const { signal } = this.life;
    await this.sentinels.connect();
    await this.follow(signal);
  }

  destroy(): void {
    this.life.abort();
    this.sentinels.destroy();
    this.present?.client.destroy();
    this.present = undefined;
  }

  /** Looks for the primary again. The connections to the sentinels are as good as before. */
  renew(): void {
    if (this.present) this.leave(this.present.client, new Error('The primary is given up'));
  }

  /**
   * Leaves a primary that the sentinels have replaced: cut off from them, it may not know. As long as none
   * of them answers, it is kept.
   */
  async compare(): Promise<void> {
    const { present } = this;
    if (!present || this.isComparing) return;
    this.isComparing = true;
    try {
      const { host, port } = await this.sentinels.primary();
      this.isToldOfSilence = false;
      if (present.address.host === host && present.address.port === port) return;
      this.leave(present.client, new Error('The sentinels have made another server the primary'));
    } catch (error) {
      // The primary answers, and they do not: that is told once, and matters at the next failover.
      if (!this.isToldOfSilence) this.emit('error', error);
      this.isToldOfSilence = true;
    } finally {
      this.isComparing = false;
    }
  }

  async sendCommand(command: string[]): Promise<unknown> {
    return this.client.sendCommand(command);
  }

  async get(key: string): Promise<string | null> {
    return this.client.get(key);
  }

  async mGet(keys: string[]): Promise<(string | null)[]> {
    return this.client.mGet(keys);
  }

  async set(...args: Parameters<Client['set']>): Promise<unknown> {
    return this.client.set(...args);
  }

  async pTTL(key: string): Promise<number> {
    return this.client.pTTL(key);
  }

  async del(key: string): Promise<unknown> {
    return this.client.del(key);
  }

  async eval(...args: Parameters<Client['eval']>): Promise<unknown> {
    return this.client.eval(...args);
  }

  async evalSha(...args: Parameters<Client['evalSha']>): Promise<unknown> {
    return this.client.evalSha(...args);
  }

  multi(): unknown {
    return this.client.multi();
  }

  private get client(): Client {
    if (!this.present) throw new Error('No primary is connected');
    return this.present.client;
  }

  private async follow(signal: AbortSignal): Promise<void> {
    for (let attempts = 0; ; attempts += 1) {
      try {
        await this.enter(await this.sentinels.primary(), signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        this.emit('error', error);
        await sleep(reconnectDelayMs(attempts), undefined, { signal });
      }
    }
  }

  private async enter(address: ServerAddress, signal: AbortSignal): Promise<void> {
    const client = clientOf(this.options(address));
    client.on('error', (error: Error) => this.leave(client, error));
    try {
      await client.connect();
      // A sentinel that was cut off names a server that is a replica by now.
      const { role } = fieldsOf(await client.info('replication'));
      if (role !== 'master') throw new Error('The server that a sentinel names is no primary');
      signal.throwIfAborted();
    } catch (error) {
      client.destroy();
      throw error;
    }
    this.present = { client, address };
    this.emit('ready');
  }

  /** What waits for an answer of that server hears that none will come. */
  private leave(client: Client, error: Error): void {
    if (this.present?.client !== client) return;
    this.present = undefined;
    client.destroy();
    this.emit('error', error);
    this.follow(this.life.signal).catch(() => undefined);
  }
}

/** A client that does not connect again by itself: the next time another server may be the primary. */
function clientOf(options: ReturnType<Options>) {
  return createClient({ ...options, socket: { ...options.socket, reconnectStrategy: false } });
}
