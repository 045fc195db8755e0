import { Module, type DynamicModule } from '@nestjs/common';
import { ClientsCommand } from './clients/clients.command.js';
import { ConfigCommand } from './config/config.command.js';
import { GatehouseCommand } from './gatehouse.command.js';
import { KeyCommand } from './key/key.command.js';
import { Output } from './output.js';
import { Service } from './service.js';
import { SessionsCommand } from './sessions/sessions.command.js';
import { UsersCommand } from './users/users.command.js';
import { VerifiersCommand } from './verifiers/verifiers.command.js';

const COMMANDS = [
  UsersCommand,
  ClientsCommand,
  VerifiersCommand,
  SessionsCommand,
  KeyCommand,
  ConfigCommand,
];

/** The commands. None of them needs a store, or a valid configuration, before it runs. */
@Module({})
export class CliModule {
  static forRoot(output: Output): DynamicModule {
    return {
      module: CliModule,
      providers: [
        { provide: Output, useValue: output },
        Service,
        GatehouseCommand,
        ...COMMANDS.flatMap((command) => command.registerWithSubCommands()),
      ],
    };
  }
}
