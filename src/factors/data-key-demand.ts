import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigurationError } from '../config/configuration-error.js';
import { hasDataKey } from '../config/data-keys.js';
import { Env } from '../config/env.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { FactorRows } from './factor-rows.js';

/** Refuses the start of a service that could not check the second factors of its accounts. Commands do without. */
@Injectable()
export class DataKeyDemand implements OnModuleInit {
  constructor(
    private readonly env: Env,
    private readonly factors: FactorRows,
  ) {}

  /** @throws ConfigurationError */
  async onModuleInit(): Promise<void> {
    if (hasDataKey(this.env)) return;
    // A database that does not answer yet cannot say, and does not keep the process from its start.
    const isNeeded = await this.factors.isInUse('totp').catch((error: unknown) => {
      ignoreUnavailable(error);
      return false;
    });
    if (!isNeeded) return;
    throw new ConfigurationError([
      'DATA_KEY is needed, because accounts have second factors: set the key that encrypted them, or remove them with ' +
        'gatehouse users factors NAME --remove all',
    ]);
  }
}
