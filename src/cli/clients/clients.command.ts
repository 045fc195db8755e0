import { Command } from 'nest-commander';
import { GroupCommand } from '../cli-command.js';
import { CreateClientCommand } from './create-client.command.js';
import { DeleteClientCommand } from './delete-client.command.js';
import { DisableClientCommand } from './disable-client.command.js';
import { EnableClientCommand } from './enable-client.command.js';
import { ListClientsCommand } from './list-clients.command.js';
import { RotateSecretCommand } from './rotate-secret.command.js';

@Command({
  name: 'clients',
  description: 'programs with credentials of their own',
  subCommands: [
    ListClientsCommand,
    CreateClientCommand,
    RotateSecretCommand,
    DisableClientCommand,
    EnableClientCommand,
    DeleteClientCommand,
  ],
})
export class ClientsCommand extends GroupCommand {}
