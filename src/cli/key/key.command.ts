import { Command } from 'nest-commander';
import { GroupCommand } from '../cli-command.js';
import { GenerateKeyCommand } from './generate-key.command.js';
import { PublishKeyCommand } from './publish-key.command.js';

@Command({
  name: 'key',
  description: 'the keys of tokens',
  subCommands: [GenerateKeyCommand, PublishKeyCommand],
})
export class KeyCommand extends GroupCommand {}
