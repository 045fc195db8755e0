import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { BackgroundJobs } from '../config/background-jobs.js';
import { ConfigModule } from '../config/config.module.js';
import type { Env } from '../config/env.js';
import { FactorAdministrationModule } from '../factors/factor-administration.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';

/** The rooms of the service that commands use, without its regular work. */
@Module({})
export class ServiceModule {
  static forRoot(env: Env): DynamicModule {
    return {
      module: ServiceModule,
      imports: [
        ConfigModule.forRoot(env, new BackgroundJobs(false)),
        AuditModule,
        TokensModule,
        UsersModule,
        FactorAdministrationModule,
        ClientsModule,
      ],
    };
  }
}
