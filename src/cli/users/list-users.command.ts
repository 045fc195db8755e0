import { Option, SubCommand } from 'nest-commander';
import { parseRoles } from '../../tokens/user-facts.js';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { ServiceCommand } from '../service-command.js';
import { everyUser } from './every-user.js';
import { requireRoles } from './role-arguments.js';

interface Row {
  readonly id: string;
  readonly state: string;
  readonly address: string;
  readonly factors: string;
  readonly created: string;
  readonly username: string;
}

const HEADING = row({
  ...{ id: 'ID', state: 'STATE', address: 'ADDRESS', factors: 'FACTORS', created: 'CREATED' },
  username: 'USERNAME (ROLES)',
});

@SubCommand({ name: 'list', description: 'show all accounts, by their ids' })
export class ListUsersCommand extends ServiceCommand {
  @Option({ flags: '--role <role>', description: 'only those that have this role' })
  role(role: string): string {
    requireRoles([role]);
    return role;
  }

  override async run(_: string[], { role }: { role?: string }): Promise<void> {
    await this.service.use(async (service) => {
      await this.output.heading(HEADING);
      for await (const account of everyUser(service.get(AccountsAdministration), role)) {
        const { id, username, factors } = account.user;
        const disabled = account.user.disabledAtMs !== null;
        const created_at = new Date(account.user.createdAtMs).toISOString();
        const roles = parseRoles(account.user.roles);
        // Whether there is one, and not which: a list is shown to more people than an address is for.
        const email_verified = account.verifiedEmail !== null;
        const shown = row({
          id: String(id),
          state: disabled ? 'disabled' : 'enabled',
          address: email_verified ? 'verified' : 'none',
          factors: String(factors),
          created: created_at,
          username: roles.length > 0 ? `${username} (${roles.join(', ')})` : username,
        });
        await this.output.result(shown, {
          ...{ id, username, created_at, disabled, roles, email_verified, factors },
        });
      }
    });
  }
}

function row({ id, state, address, factors, created, username }: Row): string {
  const columns = [id.padStart(8), state.padEnd(8), address.padEnd(8), factors.padStart(7)];
  return [...columns, created.padEnd(24), username].join('  ');
}
