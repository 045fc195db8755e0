import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Env } from '../config/env.js';
import { loadTokenKeys } from '../config/signing-key.js';
import { DatabaseModule } from '../database/database.module.js';
import { Database } from '../database/database.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { Redis } from '../redis/redis.js';
import { AccessTokens, TOKEN_KEYS } from './access-token.js';
import { DatabaseRevocationStore } from './database-revocation.store.js';
import { LiveSessions } from './live-sessions.js';
import { PruningService } from './pruning.service.js';
import { RedisRevocationStore } from './redis-revocation.store.js';
import { RevocationStore } from './revocation-store.js';
import { Session } from './session.entity.js';
import { SessionJournal } from './session-journal.js';
import { SessionQueries } from './session-queries.js';
import { SessionRows } from './session-rows.js';
import { SessionUpkeep } from './session-upkeep.js';
import { SessionService } from './session.service.js';
import { SessionsController } from './sessions.controller.js';
import { Token } from './token.entity.js';
import { TokenService } from './token.service.js';

/** Redis where one is configured, for many instances; otherwise the database, for one. */
function chooseStore(env: Env, database: Database, sessions: SessionQueries, redis?: Redis) {
  return redis
    ? new RedisRevocationStore(env, redis, sessions)
    : new DatabaseRevocationStore(database);
}

@Module({
  imports: [
    DatabaseModule,
    RedisModule,
    AuditModule,
    MetricsModule,
    JwtModule.register({}),
    TypeOrmModule.forFeature([Session, Token]),
  ],
  controllers: [SessionsController],
  providers: [
    { provide: TOKEN_KEYS, inject: [Env], useFactory: loadTokenKeys },
    {
      provide: RevocationStore,
      inject: [Env, Database, SessionQueries, { token: Redis, optional: true }],
      useFactory: chooseStore,
    },
    AccessTokens,
    SessionRows,
    SessionQueries,
    SessionUpkeep,
    SessionJournal,
    SessionService,
    TokenService,
    PruningService,
    LiveSessions,
  ],
  exports: [TokenService, SessionService, SessionRows, SessionQueries, RevocationStore],
})
export class TokensModule {}
