import { Command } from 'nest-commander';
import { GroupCommand } from '../cli-command.js';
import { EndSessionsCommand } from './end-sessions.command.js';
import { ListSessionsCommand } from './list-sessions.command.js';

@Command({
  name: 'sessions',
  description: 'where users are logged in',
  subCommands: [ListSessionsCommand, EndSessionsCommand],
})
export class SessionsCommand extends GroupCommand {}
