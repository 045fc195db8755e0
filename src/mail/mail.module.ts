import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { EmailAddressRows } from './email-address-rows.js';
import { MailDelivery } from './mail-delivery.js';
import { MailJob } from './mail-job.js';
import { MailLimits } from './mail-limits.js';
import { MailRows } from './mail-rows.js';
import { MailSecretRows } from './mail-secret-rows.js';
import { MailSecrets } from './mail-secrets.js';
import { Outbox } from './outbox.js';

@Module({
  imports: [DatabaseModule, MetricsModule, ThrottlingModule],
  providers: [
    EmailAddressRows,
    MailDelivery,
    MailJob,
    MailLimits,
    MailRows,
    MailSecretRows,
    MailSecrets,
    Outbox,
  ],
  exports: [EmailAddressRows, MailSecrets, Outbox],
})
export class MailModule {}
