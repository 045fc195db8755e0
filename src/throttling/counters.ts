import { Inject, Injectable, Optional } from '@nestjs/common';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { Database } from '../database/database.js';
import { Redis } from '../redis/redis.js';
import { Counter } from './counter.js';

/**
 * Makes counters that all instances share: in Redis if there is one, else in the database. A process that
 * shares no database keeps them in its memory.
 */
@Injectable()
export class Counters {
  constructor(
    private readonly database: Database,
    @Optional() @Inject(Redis) private readonly redis: Redis | undefined,
  ) {}

  /** A counter of its own name; a limit of 0 turns it off. */
  named(name: string, limit: number, windowSeconds: number): Counter {
    const limiter = this.limiter(name, windowSeconds);
    const { redis } = this;
    if (!redis) return new Counter(limiter, limit, (ask) => ask());
    return new Counter(
      limiter,
      limit,
      (ask) => redis.count(ask),
      (key) => redis.counted(limiter.getKey(key)),
    );
  }

  private limiter(name: string, duration: number): RateLimiterAbstract {
    // The limits are judged by `Counter`; the library counts.
    const options = { keyPrefix: `gatehouse:${name}`, points: Number.MAX_SAFE_INTEGER, duration };
    if (this.redis) {
      return new RateLimiterRedis({
        ...options,
        storeClient: this.redis.client,
        useRedisPackage: true,
      });
    }
    if (!this.database.isShared) return new RateLimiterMemory(options);
    return new RateLimiterPostgres({
      ...options,
      storeClient: { query: (query: Query) => this.query(query) },
      storeType: 'pool',
      // A migration made it, and `ExpiredCounters` clears it.
      tableName: 'counters',
      tableCreated: true,
      clearExpiredByTimeout: false,
    });
  }

  /** Every one of the library's statements is one step, so none needs a transaction. */
  private async query({ text, values }: Query): Promise<{ rows: unknown[]; rowCount: number }> {
    const rows = await this.database.count<unknown[]>((manager) => manager.query(text, values));
    return { rows, rowCount: rows.length };
  }
}

interface Query {
  readonly text: string;
  readonly values: unknown[];
}
