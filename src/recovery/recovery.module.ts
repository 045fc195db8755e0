import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { MailModule } from '../mail/mail.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { EmailController } from './email.controller.js';
import { ForgottenPassword } from './forgotten-password.js';
import { MailProofs } from './mail-proofs.js';
import { OwnAddress } from './own-address.js';
import { PasswordController } from './password.controller.js';

@Module({
  imports: [
    DatabaseModule,
    AuditModule,
    ThrottlingModule,
    MailModule,
    TokensModule,
    UsersModule,
    FactorsModule,
  ],
  controllers: [EmailController, PasswordController],
  providers: [MailProofs, OwnAddress, ForgottenPassword],
})
export class RecoveryModule {}
