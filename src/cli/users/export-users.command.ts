import { SubCommand } from 'nest-commander';
import { parseRoles } from '../../tokens/user-facts.js';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { AccountsImport } from '../../users/accounts-import.js';
import { ServiceCommand } from '../service-command.js';
import { everyUser } from './every-user.js';

@SubCommand({
  name: 'export',
  description: 'write all accounts as JSON lines, with the hashes of their passwords',
})
export class ExportUsersCommand extends ServiceCommand {
  override async run(): Promise<void> {
    await this.service.use(async (service) => {
      for await (const { user, verifiedEmail } of everyUser(service.get(AccountsAdministration))) {
        const { id, username, passwordHash: password_hash } = user;
        const created_at = new Date(user.createdAtMs).toISOString();
        const disabled = user.disabledAtMs !== null;
        const roles = parseRoles(user.roles);
        const account = {
          ...{ id, username, password_hash, created_at, disabled },
          ...(roles.length > 0 && { roles }),
          ...(verifiedEmail !== null && { verified_email: verifiedEmail }),
          // How many only, so that an import tells that it leaves them out: their secrets stay here.
          ...(user.factors > 0 && { factors: user.factors }),
        };
        await this.output.line(JSON.stringify(account));
      }
      // So that an import never gives the id of a deleted account to another.
      const last_id = await service.get(AccountsImport).lastGivenId();
      await this.output.line(JSON.stringify({ last_id }));
    });
  }
}
