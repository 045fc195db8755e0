import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { DataKeyDemand } from './data-key-demand.js';
import { FactorAdministrationModule } from './factor-administration.module.js';
import { FactorCheck } from './factor-check.js';
import { FactorCodes } from './factor-codes.js';
import { FactorPruning } from './factor-pruning.js';
import { FactorsController } from './factors.controller.js';
import { OwnFactors } from './own-factors.js';
import { SecondStep } from './second-step.js';
import { TotpFactors } from './totp-factors.js';

@Module({
  imports: [
    DatabaseModule,
    AuditModule,
    MetricsModule,
    ThrottlingModule,
    TokensModule,
    UsersModule,
    FactorAdministrationModule,
  ],
  controllers: [FactorsController],
  providers: [
    TotpFactors,
    FactorCodes,
    FactorCheck,
    OwnFactors,
    SecondStep,
    FactorPruning,
    DataKeyDemand,
  ],
  exports: [FactorCheck, SecondStep],
})
export class FactorsModule {}
