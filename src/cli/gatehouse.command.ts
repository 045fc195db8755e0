import { RootCommand } from 'nest-commander';
import { GroupCommand } from './cli-command.js';

@RootCommand({
  name: 'gatehouse',
  description:
    'Looks after a Gatehouse service: its accounts, sessions and configuration. It takes the same ' +
    'environment variables and .env file as the service.',
})
export class GatehouseCommand extends GroupCommand {}
