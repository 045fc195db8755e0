import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { Counters } from './counters.js';
import { ExpiredCounters } from './expired-counters.js';
import { LoginThrottle } from './login-throttle.js';
import { RecoveryThrottle } from './recovery-throttle.js';
import { RegistrationThrottle } from './registration-throttle.js';

@Module({
  imports: [DatabaseModule, RedisModule, AuditModule],
  providers: [Counters, ExpiredCounters, LoginThrottle, RecoveryThrottle, RegistrationThrottle],
  exports: [Counters, LoginThrottle, RecoveryThrottle, RegistrationThrottle],
})
export class ThrottlingModule {}
