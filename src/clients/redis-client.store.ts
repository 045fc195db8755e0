import { Injectable } from '@nestjs/common';
import { DomainError } from '../problems/errors.js';
import { Redis } from '../redis/redis.js';
import { ClientRows } from './client-rows.js';
import {
  ClientStore,
  type ClientState,
  type ClientToken,
  type ClientTokenReference,
  type IssueResult,
} from './client-store.js';
import {
  clientPrefix,
  toClient,
  toClientRecord,
  toClientToken,
  toClientTokenRecord,
  type ClientRecord,
  type ClientTokenRecord,
} from './redis-client-records.js';
import {
  COPY_FRESH_MS,
  ISSUE_CLIENT_TOKEN,
  LEARN,
  REVOKE_CLIENT_TOKEN,
} from './redis-client-scripts.js';

/** How often a copy is written again because another change of the client came between. */
const ATTEMPTS = 5;

/**
 * The store of many instances. It holds a copy of each client that was used, so that requests are answered while the
 * database is away. A copy that is missing, or has the stamp of another server, is read from the client's row; a
 * token with such a stamp is refused, because no row speaks for it. The row of a copy in use is read again twice a day,
 * and a client without one is dead: ids are never used again, so the database has lost it.
 */
@Injectable()
export class RedisClientStore extends ClientStore {
  /** The clients whose rows are being read again. */
  private readonly refreshing = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly rows: ClientRows,
  ) {
    super();
  }

  override async findClient(
    clientId: string,
    suffices: (client: ClientState) => boolean,
  ): Promise<ClientState | undefined> {
    const record = (await this.redis.get(keyOf(clientId))) as ClientRecord | undefined;
    const copy = record && (await this.isOfThisServer(record[3])) && this.copyOf(clientId, record);
    if (copy && suffices(copy)) return copy;
    // A wrong secret costs what an unknown client does, and a server that is full refuses neither: nothing is written.
    return this.learn(clientId, (client) => {
      const isOutdated = record !== undefined && record[0] !== client?.version;
      return isOutdated || (client !== undefined && suffices(client));
    });
  }

  override async issue(token: ClientToken, secretHash: string): Promise<IssueResult> {
    const { clientId } = token;
    const [outcome, seconds] = await this.tryToIssue(token, secretHash);
    if (outcome !== 'foreign') return resultOf(outcome, seconds);
    if (!(await this.learn(clientId))) return { outcome: 'refused' };
    const [again, secondsNow] = await this.tryToIssue(token, secretHash);
    // The server has become another one once more.
    if (again === 'foreign') throw new DomainError('service-unavailable');
    return resultOf(again, secondsNow);
  }

  override async findToken(reference: ClientTokenReference): Promise<ClientToken | undefined> {
    const { clientId, jti } = reference;
    const keys = [`${clientPrefix(clientId)}token:${jti}`, keyOf(clientId)];
    const [record, copy] = (await this.redis.getAll(keys)) as [ClientTokenRecord?, ClientRecord?];
    if (!record || !(await this.isOfThisServer(record[1]))) return undefined;
    const client =
      copy && copy[3] === record[1] ? this.copyOf(clientId, copy) : await this.learn(clientId);
    const isLive = client?.isEnabled === true && client.generation === record[0];
    return isLive ? toClientToken(reference, record) : undefined;
  }

  override async revoke({ clientId, jti }: ClientTokenReference): Promise<void> {
    await this.redis.run(REVOKE_CLIENT_TOKEN, [keyOf(clientId)], [jti]);
  }

  override async tell(clientId: string): Promise<ClientState | undefined> {
    return this.learn(clientId);
  }

  /** Redis does it by itself. */
  override prune(): Promise<void> {
    return Promise.resolve();
  }

  /** What a copy says. One that is no longer fresh serves, and is read again behind the request. */
  private copyOf(clientId: string, record: ClientRecord): ClientState {
    if (record[8] < Date.now() - COPY_FRESH_MS && !this.refreshing.has(clientId)) {
      this.refreshing.add(clientId);
      void this.learn(clientId)
        // The copy serves on while a store is away, until it goes.
        .catch(() => undefined)
        .finally(() => this.refreshing.delete(clientId));
    }
    return toClient(clientId, record);
  }

  /**
   * Copies the row, and returns what it says.
   * @param isToBeCopied whether that, or that there is no row, is to be written
   */
  private async learn(
    clientId: string,
    isToBeCopied: (client: ClientState | undefined) => boolean = () => true,
  ): Promise<ClientState | undefined> {
    const stamp = await this.redis.identify();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const readAtMs = Date.now();
      const client = await this.rows.read(clientId);
      if (!isToBeCopied(client)) return client;
      const learned = client ?? (await this.deadInPlaceOf(clientId));
      if (!learned) return undefined;
      const { version, generation, isEnabled } = learned;
      const copy = JSON.stringify(toClientRecord(learned, stamp, readAtMs));
      const details = [version, generation, isEnabled ? 1 : 0, copy];
      const present = Number(await this.redis.run(LEARN, [keyOf(clientId)], details));
      if (present === version) return client;
      // A change came between, and the row has it now. If it has not, the database has gone back in time.
      const now = await this.rows.read(clientId);
      if (now && now.version < present) await this.rows.surpass(clientId, present);
    }
    throw new DomainError('service-unavailable');
  }

  /** What takes the place of the copy of a client that has no row; undefined if nothing has to. */
  private async deadInPlaceOf(clientId: string): Promise<ClientState | undefined> {
    const record = (await this.redis.get(keyOf(clientId))) as ClientRecord | undefined;
    const copy = record && toClient(clientId, record);
    if (!copy?.isEnabled) return undefined;
    const { version, generation } = copy;
    const later = { version: version + 1, generation: generation + 1 };
    return { ...copy, ...later, isEnabled: false, secrets: [] };
  }

  private async tryToIssue(token: ClientToken, secretHash: string): Promise<[string, number]> {
    const stamp = await this.redis.identify();
    const { clientId, generation, jti, expiresAtSeconds } = token;
    const record = JSON.stringify(toClientTokenRecord(token, stamp));
    const details = [stamp, generation, secretHash, jti, record, expiresAtSeconds];
    const reply = await this.redis.run(ISSUE_CLIENT_TOKEN, [keyOf(clientId)], details);
    const [outcome, seconds] = reply as [string, (number | string)?];
    return [outcome, Number(seconds)];
  }

  private async isOfThisServer(stamp: string): Promise<boolean> {
    return stamp === (this.redis.identity ?? (await this.redis.identify()));
  }
}

function keyOf(clientId: string): string {
  return `${clientPrefix(clientId)}client`;
}

function resultOf(outcome: string, retryAfterSeconds: number): IssueResult {
  if (outcome === 'full') return { outcome, retryAfterSeconds };
  return { outcome: outcome === 'issued' ? 'issued' : 'refused' };
}
