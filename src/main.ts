import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { ConfigurationError } from './config/configuration-error.js';
import type { Env } from './config/env.js';
import { loadEnv } from './config/load-env.js';
import { configureApp } from './configure-app.js';
import { Database } from './database/database.js';
import { createFastify } from './http/fastify.js';
import { createLogger } from './http/logger.js';

async function main(): Promise<void> {
  const env = loadEnv();
  const logger = await createLogger(env);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(env),
    await createFastify(env),
    { logger, bodyParser: false, abortOnError: false },
  );
  await configureApp(app);
  await app.listen(env.PORT, env.HOST);
  announce(env, app.get(Database));
}

function announce(env: Env, { place }: Database): void {
  const logger = new Logger('Gatehouse');
  logger.log(`Listening on ${env.publicUrl}`);
  logger.log(`Data in ${place}`);
  if (env.SWAGGER) logger.log(`Documentation at ${env.publicUrl}/docs`);
  if (env.ACCOUNT_PAGE) logger.log(`Account page at ${env.publicUrl}/account`);
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE') return `PORT ${port} of ${address} is taken: set PORT to another`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  console.error(reasonOf(error));
  process.exit(1);
});
