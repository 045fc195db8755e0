import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountRoles } from '../../users/account-roles.js';
import { requireRoles, ROLES_ARGUMENTS } from './role-arguments.js';
import { UserCommand } from './user-command.js';

@SubCommand({
  name: 'grant',
  description: 'give roles to an account, which count at its very next request',
  ...ROLES_ARGUMENTS,
})
export class GrantRolesCommand extends UserCommand {
  override async run([name = '', ...roles]: string[], options: { id?: true }): Promise<void> {
    requireRoles(roles);
    await this.service.use(async (service) => {
      const { id, username } = await this.chosen(service, name, options);
      const result = await service.get(AccountRoles).grant(id, roles, operatorInfo());
      const { changed } = result;
      await this.output.result(
        changed.length > 0
          ? `Granted ${username} (id ${id}) the roles: ${changed.join(', ')}`
          : `${username} (id ${id}) had all of them before`,
        { id, username, roles: result.roles, changed },
      );
    });
  }
}
