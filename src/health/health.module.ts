import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [DatabaseModule, TokensModule], controllers: [HealthController] })
export class HealthModule {}
