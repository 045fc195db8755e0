import { Command } from 'nest-commander';
import { GroupCommand } from '../cli-command.js';
import { CreateUserCommand } from './create-user.command.js';
import { DeleteUserCommand } from './delete-user.command.js';
import { DisableUserCommand } from './disable-user.command.js';
import { EnableUserCommand } from './enable-user.command.js';
import { ExportUsersCommand } from './export-users.command.js';
import { FactorsOfUserCommand } from './factors-of-user.command.js';
import { GrantRolesCommand } from './grant-roles.command.js';
import { ImportUsersCommand } from './import-users.command.js';
import { ListUsersCommand } from './list-users.command.js';
import { RevokeRolesCommand } from './revoke-roles.command.js';
import { SetPasswordCommand } from './set-password.command.js';

@Command({
  name: 'users',
  description: 'the accounts',
  subCommands: [
    ListUsersCommand,
    CreateUserCommand,
    DisableUserCommand,
    EnableUserCommand,
    DeleteUserCommand,
    SetPasswordCommand,
    GrantRolesCommand,
    RevokeRolesCommand,
    FactorsOfUserCommand,
    ExportUsersCommand,
    ImportUsersCommand,
  ],
})
export class UsersCommand extends GroupCommand {}
