import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkDataKeys } from '../config/data-keys.js';
import type { Env } from '../config/env.js';
import { loadEnv } from '../config/load-env.js';
import { checkTokenKeys } from '../config/token-keys.js';
import { Database } from '../database/database.js';
import { usesRedis } from '../redis/uses-redis.js';
import { Redis } from '../redis/redis.js';
import { Output } from './output.js';
import { ServiceModule } from './service.module.js';
import { Warnings } from './warnings.js';

/** How long a command waits for the first connection to Redis. */
const REDIS_WAIT_MS = 2_000;
const REDIS_RETRY_MS = 50;

/** The service, without its port, for the time of a command. */
@Injectable()
export class Service {
  private loaded: Env | undefined;

  constructor(private readonly output: Output) {}

  /** To be called before anything is asked for. @throws ConfigurationError */
  checkConfiguration(): void {
    checkTokenKeys(this.env);
    checkDataKeys(this.env);
  }

  /**
   * Runs `work` with the configured stores, whose schema is brought up to date first, as at each start.
   * @throws ConfigurationError, or DomainError `service-unavailable` if the database does not answer
   */
  async use<T>(work: (service: INestApplicationContext) => Promise<T>): Promise<T> {
    const { env } = this;
    // A process that ends so soon is never scraped.
    env.METRICS = false;
    const logger = new Warnings(this.output);
    const service = await NestFactory.createApplicationContext(ServiceModule.forRoot(env), {
      logger,
      abortOnError: false,
    });
    try {
      await service.get(Database).read((manager) => manager.query('SELECT 1'));
      if (usesRedis(env)) await untilConnected(service.get(Redis));
      return await work(service);
    } finally {
      await service.close();
    }
  }

  /** Read once: a secret may come by a pipe. */
  private get env(): Env {
    return (this.loaded ??= loadEnv());
  }
}

/** If Redis does not answer, the step that needs it says so. */
async function untilConnected(redis: Redis): Promise<void> {
  const deadlineMs = performance.now() + REDIS_WAIT_MS;
  while (performance.now() < deadlineMs) {
    try {
      await redis.identify();
      return;
    } catch {
      await sleep(REDIS_RETRY_MS);
    }
  }
}
