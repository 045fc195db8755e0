import { Global, Module, type DynamicModule } from '@nestjs/common';
import { BackgroundJobs } from './background-jobs.js';
import { Env } from './env.js';

/** Makes the checked configuration available everywhere. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(env: Env, jobs: BackgroundJobs): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: Env, useValue: env },
        { provide: BackgroundJobs, useValue: jobs },
      ],
      exports: [Env, BackgroundJobs],
    };
  }
}
