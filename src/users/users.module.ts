import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AccountsAdministration } from './accounts-administration.service.js';
import { AccountsImport } from './accounts-import.service.js';
import { ApiUsersController } from './api-users.controller.js';
import { CommonPasswords } from './common-passwords.js';
import { CredentialsService } from './credentials.service.js';
import { FailureTiming } from './failure-timing.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordRules } from './password-rules.js';
import { PublicProfiles } from './public-profiles.js';
import { UserController } from './user.controller.js';
import { User } from './user.entity.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [
    DatabaseModule,
    RedisModule,
    AuditModule,
    MetricsModule,
    TokensModule,
    ThrottlingModule,
    TypeOrmModule.forFeature([User]),
  ],
  controllers: [UserController, ApiUsersController],
  providers: [
    PublicProfiles,
    UsersService,
    CredentialsService,
    PasswordHasher,
    FailureTiming,
    CommonPasswords,
    PasswordRules,
    AccountsAdministration,
    AccountsImport,
  ],
  exports: [UsersService, CredentialsService, AccountsAdministration, AccountsImport],
})
export class UsersModule {}
