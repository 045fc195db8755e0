import type { Redis, RedisScript } from '../redis/redis.js';
import {
  ChangeFeed,
  type FeedEntry,
  type IndexedEntry,
  type Lease,
  type LeaseList,
  type LeaseOutcome,
  type LeaseRecord,
  type Look,
  type Position,
  type VerifierName,
} from './change-feed.js';
import { parseText, toText, withoutGap } from './entry-text.js';
import { randomWord } from './random-word.js';
import { APPEND, LEASES, LOOK, REMOVE } from './redis-feed-scripts.js';

/** The braces put both into one slot of a cluster: another one than a user's. */
const KEYS = ['gatehouse:{feed}', 'gatehouse:{feed}:entries'];

/** The feed of instances that share a Redis, or a cluster: one stream, and the leases beside it. */
export class RedisChangeFeed extends ChangeFeed {
  override readonly sharesLeases = true;
  constructor(private readonly redis: Redis) {
    super();
  }

  override async append(entry: FeedEntry): Promise<Position> {
    const [life, index] = (await this.run(APPEND, toText(entry))) as [string, number];
    return { life, index };
  }

  override async look(leases: readonly Lease[], after?: Position): Promise<Look> {
    const asked = leases.flatMap((lease) => {
      const { client, verifier, lengthMs, acknowledged } = lease;
      return [client, verifier, lengthMs, randomWord(), acknowledged];
    });
    const known = [after?.life ?? '', after?.index ?? 0];
    const reply = await this.run(LOOK, ...known, ...asked);
    const [life, end, outcomes, found] = reply as [string, number, LeaseOutcome[], string[]];
    const entries: IndexedEntry[] = pairsOf(found).map(([index, text]) => ({
      index: Number(index),
      ...parseText(text),
    }));
    return { life, end, outcomes, entries: withoutGap(entries, end) };
  }

  override async leases(): Promise<LeaseList> {
    const [life, fields] = (await this.run(LEASES)) as [string, string[]];
    const leases = pairsOf(fields).flatMap(([field, value]) => {
      const [kind, client = '', verifier = ''] = field.split(' ');
      return kind === 'lease' ? [{ client, verifier, ...parseRecord(value) }] : [];
    });
    return { life, isComplete: true, leases };
  }

  override async drop(record: LeaseRecord): Promise<void> {
    const { client, verifier, lengthMs, beat, acknowledged } = record;
    await this.run(REMOVE, client, verifier, `${lengthMs} ${beat} ${acknowledged}`);
  }

  override async giveBack({ client, verifier }: VerifierName): Promise<void> {
    await this.run(REMOVE, client, verifier, '');
  }

  private async run(script: RedisScript, ...details: (string | number)[]): Promise<unknown> {
    return this.redis.run(script, KEYS, [randomWord(), ...details]);
  }
}

function parseRecord(value: string): Pick<LeaseRecord, 'lengthMs' | 'beat' | 'acknowledged'> {
  const [lengthMs, beat = '', acknowledged = ''] = value.split(' ');
  return { lengthMs: Number(lengthMs), beat, acknowledged };
}

function pairsOf(flat: readonly string[]): [string, string][] {
  return flat.flatMap((text, index) =>
    index % 2 === 0 ? [[text, flat[index + 1] ?? ''] as [string, string]] : [],
  );
}
