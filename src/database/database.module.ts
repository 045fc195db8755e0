import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Env } from '../config/env.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { dataSourceOptions } from './data-source.js';
import { Database } from './database.js';

@Module({
  imports: [
    MetricsModule,
    TypeOrmModule.forRootAsync({
      inject: [Env],
      useFactory: async (env: Env) => ({
        ...(await dataSourceOptions(env)),
        autoLoadEntities: true,
        // `Database` connects, because it keeps trying; TypeOrmModule would end the process.
        manualInitialization: true,
      }),
    }),
  ],
  providers: [Database],
  exports: [Database],
})
export class DatabaseModule {}
