import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessRules } from './access-rules.js';
import { ApiController } from './api.controller.js';
import { AuthController } from './auth.controller.js';
import { AuthFacade } from './auth.facade.js';
import { BasicAuthGuard } from './basic-auth.guard.js';
import { BasicStrategy } from './basic.strategy.js';
import { BearerCheck } from './bearer-check.js';
import { JwtGuard } from './jwt.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { VerifyController } from './verify.controller.js';

@Module({
  imports: [FactorsModule, UsersModule, ClientsModule, TokensModule, AuditModule, MetricsModule],
  controllers: [AuthController, ApiController, VerifyController],
  providers: [
    AuthFacade,
    AccessRules,
    BearerCheck,
    JwtStrategy,
    BasicStrategy,
    { provide: APP_GUARD, useClass: JwtGuard },
    { provide: APP_GUARD, useClass: BasicAuthGuard },
  ],
  exports: [AuthFacade],
})
export class AuthModule {}
