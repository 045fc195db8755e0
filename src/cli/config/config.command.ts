import { Command } from 'nest-commander';
import { GroupCommand } from '../cli-command.js';
import { CheckConfigCommand } from './check-config.command.js';

@Command({
  name: 'config',
  description: 'the configuration',
  subCommands: [CheckConfigCommand],
})
export class ConfigCommand extends GroupCommand {}
