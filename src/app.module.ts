import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BackgroundJobs } from './config/background-jobs.js';
import { ConfigModule } from './config/config.module.js';
import type { Env } from './config/env.js';
import { HealthModule } from './health/health.module.js';
import { Stdout } from './http/stdout.js';
import { KeysModule } from './keys/keys.module.js';
import { MailModule } from './mail/mail.module.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import { ServiceIndexController } from './service-index.controller.js';

@Module({})
export class AppModule implements OnApplicationShutdown {
  static forRoot(env: Env): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(env, new BackgroundJobs(true)),
        MetricsModule,
        AuditModule,
        AuthModule,
        OAuthModule,
        KeysModule,
        RecoveryModule,
        MailModule,
        HealthModule,
      ],
      controllers: [ServiceIndexController, ...(env.METRICS ? [MetricsController] : [])],
    };
  }

  /** Runs after the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await Stdout.flush();
  }
}
