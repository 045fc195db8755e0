import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { writeFileSync } from 'node:fs';
import { AppModule } from '../app.module.js';
import { Env } from '../config/env.js';
import { createFastify } from '../http/fastify.js';
import { describeApi } from './document.js';

const FILE = 'docs/openapi.json';

/** Writes the description that the built service serves at `/docs-json` to `docs/openapi.json`. */
async function write(): Promise<void> {
  const env = Env.load({});
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(env),
    await createFastify(env),
    // A preview knows every route and does not start the service.
    { preview: true, abortOnError: false, logger: ['error'] },
  );
  writeFileSync(FILE, `${JSON.stringify(describeApi(app), undefined, 2)}\n`);
  await app.close();
}

await write();
