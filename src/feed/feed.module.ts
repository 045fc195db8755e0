import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DatabaseModule } from '../database/database.module.js';
import { Metrics } from '../metrics/metrics.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { Redis } from '../redis/redis.js';
import { ChangeAnnouncements } from './change-announcements.js';
import { ChangeFeed } from './change-feed.js';
import { FeedReader } from './feed-reader.js';
import { LeaseRecords } from './lease-records.js';
import { LeaseWaits } from './lease-waits.js';
import { MonotonicClock } from './monotonic-clock.js';
import { PostgresChangeFeed } from './postgres-change-feed.js';
import { RedisChangeFeed } from './redis-change-feed.js';
import { SqliteChangeFeed } from './sqlite-change-feed.js';
import { VerifierPolls } from './verifier-polls.js';
import { VerifierPresence } from './verifier-presence.js';
import { VerifierSightings } from './verifier-sightings.js';

/** Where all instances look: Redis if one is configured, else the database. */
function chooseFeed(database: Database, redis?: Redis): ChangeFeed {
  if (redis) return new RedisChangeFeed(redis);
  return database.isShared ? new PostgresChangeFeed(database) : new SqliteChangeFeed(database);
}

@Module({
  imports: [DatabaseModule, RedisModule, MetricsModule],
  providers: [
    {
      provide: ChangeFeed,
      inject: [Database, { token: Redis, optional: true }],
      useFactory: chooseFeed,
    },
    MonotonicClock,
    LeaseRecords,
    LeaseWaits,
    FeedReader,
    VerifierPresence,
    VerifierPolls,
    VerifierSightings,
    ChangeAnnouncements,
  ],
  exports: [ChangeAnnouncements, VerifierPolls, VerifierPresence, VerifierSightings],
})
export class FeedModule {
  constructor(metrics: Metrics, records: LeaseRecords) {
    metrics.watchVerifiers(async () => (await records.read()).leases.length);
  }
}
