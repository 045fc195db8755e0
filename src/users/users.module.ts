import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { MailModule } from '../mail/mail.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AccountRoles } from './account-roles.js';
import { AccountRows } from './account-rows.js';
import { AccountsAdministration } from './accounts-administration.js';
import { AccountsImport } from './accounts-import.js';
import { ApiUsersController } from './api-users.controller.js';
import { CommonPasswords } from './passwords/common-passwords.js';
import { CredentialsService } from './credentials.service.js';
import { CurrentPassword } from './current-password.js';
import { DummyHashes } from './passwords/dummy-hashes.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordRules } from './passwords/password-rules.js';
import { PublicProfiles } from './public-profiles.js';
import { UserIds } from './user-ids.js';
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
    MailModule,
    TypeOrmModule.forFeature([User]),
  ],
  controllers: [UserController, ApiUsersController],
  providers: [
    PublicProfiles,
    UserIds,
    AccountRows,
    AccountRoles,
    UsersService,
    CredentialsService,
    CurrentPassword,
    PasswordHasher,
    DummyHashes,
    CommonPasswords,
    PasswordRules,
    AccountsAdministration,
    AccountsImport,
  ],
  exports: [
    UsersService,
    CredentialsService,
    CurrentPassword,
    AccountsAdministration,
    AccountRoles,
    AccountsImport,
  ],
})
export class UsersModule {}
