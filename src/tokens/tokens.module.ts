import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Env } from '../config/env.js';
import { loadTokenKeys } from '../config/token-keys.js';
import { Database } from '../database/database.js';
import { DatabaseModule } from '../database/database.module.js';
import { FeedModule } from '../feed/feed.module.js';
import { Metrics } from '../metrics/metrics.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { Redis } from '../redis/redis.js';
import { RedisModule } from '../redis/redis.module.js';
import { AccessTokens, TOKEN_KEYS } from './access-token.js';
import { DatabaseRevocationStore } from './database-revocation.store.js';
import { DatabaseKeyStore } from './database-key.store.js';
import { EarlierRenamings } from './earlier-renamings.js';
import { ExpiredSessions } from './expired-sessions.js';
import { KeyCheck } from './key-check.js';
import { KeyDeletion } from './key-deletion.js';
import { KeyRows } from './key-rows.js';
import { KeyStore } from './key-store.js';
import { KeyUse } from './key-use.js';
import { LiveSessions } from './live-sessions.js';
import { LogIn } from './log-in.js';
import { PruningService } from './pruning.service.js';
import { RedisKeyStore } from './redis-key.store.js';
import { RedisRevocationStore } from './redis-revocation.store.js';
import { ReusableTokens } from './reusable-tokens.js';
import { RevocationStore } from './revocation-store.js';
import { SessionEndings } from './session-endings.js';
import { SessionJournal } from './session-journal.js';
import { SessionRows } from './session-rows.js';
import { Session } from './session.entity.js';
import { SessionsController } from './sessions.controller.js';
import { SingleUseTokens } from './single-use-tokens.js';
import { TokenCheck } from './token-check.js';
import { TokenRenewal } from './token-renewal.js';
import { PasswordChange } from './password-change.js';
import { TokenUse } from './token-use.js';
import { Token } from './token.entity.js';
import { UnfinishedKeys } from './unfinished-keys.js';
import { UnfinishedSessions } from './unfinished-sessions.js';
import { UserDescriptions } from './user-descriptions.js';

/** Redis if one is configured, for many instances; otherwise the database, for one. */
function chooseStore(env: Env, database: Database, rows: SessionRows, redis?: Redis) {
  return redis ? new RedisRevocationStore(env, redis, rows) : new DatabaseRevocationStore(database);
}

function chooseKeyStore(rows: KeyRows, redis?: Redis): KeyStore {
  return redis ? new RedisKeyStore(redis, rows) : new DatabaseKeyStore(rows);
}

function chooseUse(env: Env, store: RevocationStore): TokenUse {
  return env.TOKEN_SINGLE_USE ? new SingleUseTokens(env, store) : new ReusableTokens(env, store);
}

@Module({
  imports: [
    DatabaseModule,
    RedisModule,
    FeedModule,
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
      inject: [Env, Database, SessionRows, { token: Redis, optional: true }],
      useFactory: chooseStore,
    },
    {
      provide: KeyStore,
      inject: [KeyRows, { token: Redis, optional: true }],
      useFactory: chooseKeyStore,
    },
    { provide: TokenUse, inject: [Env, RevocationStore], useFactory: chooseUse },
    AccessTokens,
    SessionRows,
    UnfinishedSessions,
    ExpiredSessions,
    LiveSessions,
    SessionJournal,
    UserDescriptions,
    EarlierRenamings,
    TokenCheck,
    LogIn,
    TokenRenewal,
    SessionEndings,
    PasswordChange,
    PruningService,
    KeyRows,
    KeyUse,
    KeyCheck,
    KeyDeletion,
    UnfinishedKeys,
  ],
  exports: [
    TOKEN_KEYS,
    AccessTokens,
    RevocationStore,
    SessionRows,
    UserDescriptions,
    TokenCheck,
    LogIn,
    TokenRenewal,
    SessionEndings,
    PasswordChange,
    KeyRows,
    KeyCheck,
    KeyDeletion,
  ],
})
export class TokensModule {
  constructor(metrics: Metrics, live: LiveSessions) {
    metrics.watchSessions(() => live.countRenewable());
  }
}
