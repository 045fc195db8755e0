import { Injectable } from '@nestjs/common';
import { CliCommand } from './cli-command.js';
import { Output } from './output.js';
import { Service } from './service.js';

/** A command that uses the service. */
@Injectable()
export abstract class ServiceCommand extends CliCommand {
  constructor(
    protected readonly service: Service,
    protected readonly output: Output,
  ) {
    super();
  }
}
