import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { Env } from '../config/env.js';
import { AddressThrottle } from './address-throttle.js';
import { Counters } from './counters.js';

const WINDOW_SECONDS = 3600;

/** Limits how many names one address may register, or try whether they are taken. */
@Injectable()
export class RegistrationThrottle extends AddressThrottle {
  constructor({ REGISTRATIONS_PER_HOUR }: Env, counters: Counters, audit: AuditService) {
    super(counters.named('registrations', REGISTRATIONS_PER_HOUR, WINDOW_SECONDS), audit, {
      type: 'registration.throttled',
      detail: 'Too many names were registered from this address: try again later',
    });
  }
}
