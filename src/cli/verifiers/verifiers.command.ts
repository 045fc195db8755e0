import { Command } from 'nest-commander';
import { GroupCommand } from '../cli-command.js';
import { ListVerifiersCommand } from './list-verifiers.command.js';

@Command({
  name: 'verifiers',
  description: 'APIs that keep answers about tokens, and are told when one ends',
  subCommands: [ListVerifiersCommand],
})
export class VerifiersCommand extends GroupCommand {}
