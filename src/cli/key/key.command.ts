import { Command } from 'nest-commander';
import { GroupCommand } from '../cli-command.js';
import { GenerateKeyCommand } from './generate-key.command.js';

@Command({
  name: 'key',
  description: 'the key that signs tokens',
  subCommands: [GenerateKeyCommand],
})
export class KeyCommand extends GroupCommand {}
