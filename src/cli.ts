#!/usr/bin/env node
import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { CliModule } from './cli/cli.module.js';
import { Output } from './cli/output.js';

const output = new Output(process.argv);

CommandFactory.run(CliModule.forRoot(output), {
  logger: false,
  // Commander would end the process, and write its errors in its own form.
  errorHandler: rethrow,
  serviceErrorHandler: rethrow,
  outputConfiguration: { outputError: () => undefined },
}).catch((error: unknown) => {
  process.exitCode = output.failure(error);
});

function rethrow(error: Error): never {
  throw error;
}
