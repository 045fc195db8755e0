import { Option, SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { FactorsAdministration } from '../../factors/factors-administration.js';
import type { User } from '../../users/user.entity.js';
import { UsageError } from '../exit-codes.js';
import { isId } from '../../common/random-id.js';
import { UserCommand, USER_ARGUMENT } from './user-command.js';

interface Options {
  readonly id?: true;
  readonly remove?: string;
}

const ROW = (id: string, type: string, lastUsed: string, name: string) =>
  `${id.padEnd(22)}  ${type.padEnd(6)}  ${lastUsed.padEnd(24)}  ${name}`;

@SubCommand({
  name: 'factors',
  description: 'show the second factors of an account, and remove them for people who lost them',
  ...USER_ARGUMENT,
})
export class FactorsOfUserCommand extends UserCommand {
  @Option({
    flags: '--remove <id>',
    description: 'remove the factor with this id, or all, with the recovery codes too',
  })
  removed(id: string): string {
    if (id !== 'all' && !isId(id))
      throw new UsageError(`--remove takes all, or the id of a factor`);
    return id;
  }

  override async run([name = '']: string[], options: Options): Promise<void> {
    await this.service.use(async (service) => {
      const user = await this.chosen(service, name, options);
      const factors = service.get(FactorsAdministration);
      if (options.remove === undefined) await this.show(factors, user);
      else await this.remove(factors, user, options.remove);
    });
  }

  private async show(administration: FactorsAdministration, { id }: User): Promise<void> {
    const { factors, recoveryCodesLeft } = await administration.list(id);
    await this.output.heading(ROW('ID', 'TYPE', 'LAST USED', 'NAME'));
    for (const { id: factorId, type, name, ...factor } of factors) {
      const created_at = new Date(factor.createdAtMs).toISOString();
      const last_used_at =
        factor.lastUsedAtMs === null ? null : new Date(factor.lastUsedAtMs).toISOString();
      const fields = { id: factorId, type, name, created_at, last_used_at };
      await this.output.result(ROW(factorId, type, last_used_at ?? 'never', name), fields);
    }
    await this.output.result(`Recovery codes left: ${recoveryCodesLeft}`, {
      recovery_codes_left: recoveryCodesLeft,
    });
  }

  private async remove(
    administration: FactorsAdministration,
    { id, username }: User,
    chosen: string,
  ): Promise<void> {
    const removed = await administration.remove(id, chosen, operatorInfo());
    const names = removed.map(({ name }) => name);
    await this.output.result(
      removed.length > 0
        ? `Removed from ${username} (id ${id}): ${names.join(', ')}`
        : `${username} (id ${id}) has no second factor`,
      { id, username, removed: removed.map(({ id: factorId }) => factorId) },
    );
  }
}
