import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Env } from '../config/env.js';
import { loadSigningKey } from '../config/signing-key.js';
import { DatabaseModule } from '../database/database.module.js';
import { AccessTokens, SIGNING_KEY } from './access-token.js';
import { DatabaseRevocationStore } from './database-revocation.store.js';
import { PruningService } from './pruning.service.js';
import { RevocationStore } from './revocation-store.js';
import { Session } from './session.entity.js';
import { SessionRows } from './session-rows.js';
import { SessionService } from './session.service.js';
import { SessionsController } from './sessions.controller.js';
import { Token } from './token.entity.js';
import { TokenService } from './token.service.js';

@Module({
  imports: [
    DatabaseModule,
    AuditModule,
    JwtModule.register({}),
    TypeOrmModule.forFeature([Session, Token]),
  ],
  controllers: [SessionsController],
  providers: [
    { provide: SIGNING_KEY, inject: [Env], useFactory: loadSigningKey },
    { provide: RevocationStore, useClass: DatabaseRevocationStore },
    AccessTokens,
    SessionRows,
    SessionService,
    TokenService,
    PruningService,
  ],
  exports: [TokenService, SessionService, SessionRows, RevocationStore],
})
export class TokensModule {}
