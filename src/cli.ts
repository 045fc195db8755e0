#!/usr/bin/env node
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { CommandFactory } from 'nest-commander';
import { CliModule } from './cli/cli.module.js';
import { Output } from './cli/output.js';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };

const output = new Output(process.argv);

CommandFactory.run(CliModule.forRoot(output), {
  logger: false,
  version,
  // Behind a command --version is none of its options, and must not make it succeed without a deed.
  enablePositionalOptions: true,
  // Commander would end the process, and write its errors in its own form.
  errorHandler: rethrow,
  serviceErrorHandler: rethrow,
  outputConfiguration: { writeErr: () => undefined },
}).catch((error: unknown) => {
  process.exitCode = output.failure(error);
});

function rethrow(error: Error): never {
  throw error;
}
