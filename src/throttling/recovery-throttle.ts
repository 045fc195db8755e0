import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { AddressThrottle } from './address-throttle.js';
import { Counters } from './counters.js';

const MAILS_PER_HOUR = 10;
const WINDOW_SECONDS = 3600;

/** Limits how many mails for forgotten passwords one address may ask for, no matter whose. */
@Injectable()
export class RecoveryThrottle extends AddressThrottle {
  constructor(counters: Counters, audit: AuditService) {
    super(counters.named('recoveries', MAILS_PER_HOUR, WINDOW_SECONDS), audit, {
      type: 'recovery.throttled',
      detail: 'Too many mails were asked for from this address: try again later',
    });
  }
}
