import { createClient } from '@redis/client';
import type { ServerAddress } from '../config/env-values.js';
import { withinDeadline } from '../common/deadline.js';
import { clientOptions } from './client-options.js';
import { Connections } from './connections.js';
import { REDIS_PROBE_MS } from './redis-limits.js';

type Access = Parameters<typeof clientOptions>[0];

type Client = ReturnType<typeof sentinelClient>;

const REFUSED_USER = /^WRONGPASS|without any password configured/;

const PASSWORD_ADVICE =
  ' (they get REDIS_SENTINEL_PASSWORD, or else the user and password of Redis)';

/** What one sentinel says. */
interface Opinion {
  readonly address: ServerAddress;
  /** Grows with each failover. */
  readonly epoch: number;
}

/**
 * The sentinels of a Redis, which know its primary. Each has a connection of its own, which is made again
 * whenever it is lost or silent.
 *
 * Not the client's own sentinel mode: after some failures it stops looking for a primary, and tells no one.
 */
export class Sentinels {
  private readonly clients: Client[];
  private readonly connections: Connections;
  /** Those that refused the user, and are asked without one. */
  private readonly withoutUser = new WeakSet<object>();
  private lastFailure = 'none answers';

  constructor(
    servers: readonly ServerAddress[],
    private readonly name: string,
    access: Access,
  ) {
    this.clients = servers.map((server) => sentinelClient(server, access, this.withoutUser));
    this.connections = new Connections(() => this.clients);
    for (const client of this.clients) {
      client.on('error', (error: Error) => {
        this.lastFailure = error.message || error.name;
      });
    }
  }

  /**
   * Begins to connect to each, and goes on until `destroy`. Resolves once one can be asked, and after
   * `REDIS_PROBE_MS` in any case: asked before, all of them would seem to be silent.
   */
  async connect(): Promise<void> {
    const connected = Promise.any(this.clients.map((client) => client.connect()));
    const late = () => new Error('no sentinel answers');
    await withinDeadline(connected, REDIS_PROBE_MS, late).catch(() => undefined);
  }

  destroy(): void {
    for (const client of this.clients) client.destroy();
  }

  /** To be called every `REDIS_PROBE_MS`. */
  beat(): void {
    this.connections.beat();
  }

  /**
   * Where the primary is, as the sentinel says that knows of the latest failover: one that was cut off from
   * the others has not heard of it.
   * @throws if no sentinel answers within `REDIS_PROBE_MS`, or none knows a primary of this name
   */
  async primary(): Promise<ServerAddress> {
    const opinions = await this.opinions();
    if (opinions.length === 0) {
      const advice = /NOAUTH|WRONGPASS/.test(this.lastFailure) ? PASSWORD_ADVICE : '';
      throw new Error(`No sentinel can be asked: ${this.lastFailure}${advice}`);
    }
    const [latest] = opinions
      .filter((opinion) => opinion !== undefined)
      .sort((one, other) => other.epoch - one.epoch);
    if (!latest) throw new Error('No sentinel knows a primary of the name REDIS_SENTINEL_NAME');
    return latest.address;
  }

  /** How many there are, and how many of them know the primary. */
  async count(): Promise<{ all: number; knowing: number }> {
    const opinions = await this.opinions();
    return { all: this.clients.length, knowing: opinions.filter(Boolean).length };
  }

  /** It wants a password: by now, if it refused the user before, because it had none, or another. */
  private logInAgain(client: Client, { message }: Error): void {
    // Once for a connection, also if several questions were refused on it.
    if (!this.withoutUser.delete(client)) {
      this.lastFailure = message;
      return;
    }
    client.destroy();
    client.connect().catch(() => undefined);
  }

  /** What those say that answer in time. */
  private async opinions(): Promise<(Opinion | undefined)[]> {
    const late = () => new Error('it is silent');
    const answers = await Promise.allSettled(
      this.clients.map((client) => withinDeadline(this.ask(client), REDIS_PROBE_MS, late)),
    );
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  /** Undefined if this sentinel knows no primary of the name. */
  private async ask(client: Client): Promise<Opinion | undefined> {
    // In this order the address is no older than the epoch.
    const [fields, address] = await Promise.all([
      client.sendCommand(['SENTINEL', 'MASTER', this.name]),
      client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name]),
    ]).catch((error: unknown) => {
      if (String(error).includes('No such master')) return [];
      if (String(error).includes('NOAUTH')) this.logInAgain(client, error as Error);
      throw error;
    });
    if (!Array.isArray(fields) || !Array.isArray(address)) return undefined;
    const [host, port] = address.map(String);
    const epoch = Number(fields[fields.indexOf('config-epoch') + 1]);
    return { address: { host: host ?? '', port: Number(port) }, epoch };
  }
}

/** A sentinel may have the password of its Redis, or none: one that refuses the user is asked without. */
function sentinelClient(server: ServerAddress, access: Access, withoutUser: WeakSet<object>) {
  const { username, password, ...options } = clientOptions(access, server);
  const user = { ...(username && { username }), ...(password && { password }) };
  const self = { client: {} };
  const client = createClient({
    ...options,
    // Answers are lists in it.
    RESP: 2,
    credentialsProvider: {
      type: 'async-credentials-provider',
      credentials: () => Promise.resolve(withoutUser.has(self.client) ? {} : user),
    },
  });
  client.on('error', (error: Error) => {
    if (REFUSED_USER.test(error.message)) withoutUser.add(client);
  });
  self.client = client;
  return client;
}
