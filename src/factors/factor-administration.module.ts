import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { MailModule } from '../mail/mail.module.js';
import { ChallengeRows } from './challenge-rows.js';
import { FactorChanges } from './factor-changes.js';
import { FactorRows } from './factor-rows.js';
import { FactorsAdministration } from './factors-administration.js';
import { RecoveryCodeRows } from './recovery-code-rows.js';
import { WrongCodes } from './wrong-codes.js';

/** The rows of factors, and what an operator does to them. It checks no code, and so needs no `DATA_KEY`. */
@Module({
  imports: [DatabaseModule, AuditModule, MailModule],
  providers: [
    FactorRows,
    RecoveryCodeRows,
    ChallengeRows,
    WrongCodes,
    FactorChanges,
    FactorsAdministration,
  ],
  exports: [
    FactorRows,
    RecoveryCodeRows,
    ChallengeRows,
    WrongCodes,
    FactorChanges,
    FactorsAdministration,
  ],
})
export class FactorAdministrationModule {}
