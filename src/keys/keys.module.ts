import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { KeyCreation } from './key-creation.js';
import { KeysController } from './keys.controller.js';

@Module({
  imports: [DatabaseModule, AuditModule, MetricsModule, TokensModule, UsersModule],
  controllers: [KeysController],
  providers: [KeyCreation],
})
export class KeysModule {}
