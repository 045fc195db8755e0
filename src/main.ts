import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setFlagsFromString } from 'node:v8';
import { AppModule } from './app.module.js';
import { ConfigurationError } from './config/configuration-error.js';
import type { Env } from './config/env.js';
import { loadEnv } from './config/load-env.js';
import { configureApp } from './configure-app.js';
import { Database } from './database/database.js';
import { createFastify } from './http/fastify.js';
import { listen } from './http/listen.js';
import { createLogger } from './http/logger.js';

// After slow requests, such as log-ins, V8 would make some objects of every request old from the start. Dead ones then
// keep the rest of their requests until a full collection, which costs each a fifth of its CPU: docs/performance.md.
setFlagsFromString('--no-allocation-site-pretenuring');

async function main(): Promise<void> {
  const env = loadEnv();
  const logger = await createLogger(env);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(env),
    await createFastify(env),
    { logger, bodyParser: false, abortOnError: false },
  );
  await configureApp(app);
  await listen(app, env);
  announce(env, app.get(Database));
}

function announce(env: Env, { place }: Database): void {
  const logger = new Logger('Gatehouse');
  logger.log(`Listening on ${env.publicUrl}`);
  logger.log(`Data in ${place}`);
  if (env.SWAGGER) logger.log(`Documentation at ${env.publicUrl}/docs`);
  if (env.ACCOUNT_PAGE) logger.log(`Account page at ${env.publicUrl}/account`);
}

/** One line, whatever went wrong: stacks are in the log from LOG_LEVEL=debug. */
function reasonOf(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `The start failed: ${message.replace(/\s+/g, ' ')}`;
}

main().catch((error: unknown) => {
  console.error(reasonOf(error));
  process.exit(1);
});
