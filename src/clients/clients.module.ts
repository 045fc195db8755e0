import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Database } from '../database/database.js';
import { DatabaseModule } from '../database/database.module.js';
import { FeedModule } from '../feed/feed.module.js';
import { VerifierPresence } from '../feed/verifier-presence.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { Redis } from '../redis/redis.js';
import { RedisModule } from '../redis/redis.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { ClientAuthentication } from './client-authentication.js';
import { ClientChanges } from './client-changes.js';
import { ClientRows } from './client-rows.js';
import { ClientSecret } from './client-secret.entity.js';
import { ClientStore } from './client-store.js';
import { ClientTokenRow } from './client-token.entity.js';
import { ClientTokens } from './client-tokens.js';
import { Client } from './client.entity.js';
import { ClientsAdministration } from './clients-administration.js';
import { ClientsJob } from './clients-job.js';
import { DatabaseClientStore } from './database-client.store.js';
import { RedisClientStore } from './redis-client.store.js';

/** Redis if one is configured, as for the tokens of users. */
function chooseStore(database: Database, rows: ClientRows, redis?: Redis): ClientStore {
  return redis ? new RedisClientStore(redis, rows) : new DatabaseClientStore(database, rows);
}

@Module({
  imports: [
    DatabaseModule,
    RedisModule,
    FeedModule,
    AuditModule,
    MetricsModule,
    TokensModule,
    TypeOrmModule.forFeature([Client, ClientSecret, ClientTokenRow]),
  ],
  providers: [
    {
      provide: ClientStore,
      inject: [Database, ClientRows, { token: Redis, optional: true }],
      useFactory: chooseStore,
    },
    ClientRows,
    ClientChanges,
    ClientAuthentication,
    ClientTokens,
    ClientsAdministration,
    ClientsJob,
  ],
  exports: [ClientAuthentication, ClientTokens, ClientsAdministration],
})
export class ClientsModule {
  constructor(presence: VerifierPresence, rows: ClientRows) {
    presence.learnBy(() => rows.hasVerifiers());
  }
}
