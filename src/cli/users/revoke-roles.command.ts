import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountRoles } from '../../users/account-roles.js';
import { requireRoles, ROLES_ARGUMENTS } from './role-arguments.js';
import { UserCommand } from './user-command.js';

@SubCommand({
  name: 'revoke',
  description: 'take roles from an account, which it has no more at its very next request',
  ...ROLES_ARGUMENTS,
})
export class RevokeRolesCommand extends UserCommand {
  override async run([name = '', ...roles]: string[], options: { id?: true }): Promise<void> {
    requireRoles(roles);
    await this.service.use(async (service) => {
      const { id, username } = await this.chosen(service, name, options);
      const result = await service.get(AccountRoles).revoke(id, roles, operatorInfo());
      const { changed } = result;
      await this.output.result(
        changed.length > 0
          ? `Revoked from ${username} (id ${id}) the roles: ${changed.join(', ')}`
          : `${username} (id ${id}) had none of them before`,
        { id, username, roles: result.roles, changed },
      );
    });
  }
}
