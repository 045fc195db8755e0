import { Command } from 'nest-commander';
import { CheckConfigCommand } from './check-config.command.js';
import { GroupCommand } from './cli-command.js';

@Command({
  name: 'config',
  description: 'the configuration',
  subCommands: [CheckConfigCommand],
})
export class ConfigCommand extends GroupCommand {}
