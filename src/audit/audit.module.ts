import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatabaseModule } from '../database/database.module.js';
import { AuditService } from './audit.service.js';
import { EventsController } from './events.controller.js';
import { SecurityEvent } from './security-event.entity.js';

@Module({
  imports: [DatabaseModule, TypeOrmModule.forFeature([SecurityEvent])],
  controllers: [EventsController],
  providers: [AuditService],
  exports: [AuditService],
})
export class AuditModule {}
