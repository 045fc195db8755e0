import type { INestApplicationContext } from '@nestjs/common';
import { Option } from 'nest-commander';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import type { User } from '../../users/user.entity.js';
import { UsageError } from '../exit-codes.js';
import { ServiceCommand } from '../service-command.js';

/** What the argument of such a command means. */
export const USER_ARGUMENT = {
  arguments: '<user>',
  argsDescription: { user: 'a username, or with --id an id' },
};

/** A command about one account. */
export abstract class UserCommand extends ServiceCommand {
  @Option({ flags: '--id', description: 'take the user for an id, not for a name' })
  isId(): true {
    return true;
  }

  /** @throws DomainError `unknown-user` or `service-unavailable` */
  protected async chosen(
    service: INestApplicationContext,
    user: string,
    { id: isId }: { id?: true },
  ): Promise<User> {
    const accounts = service.get(AccountsAdministration);
    if (!isId) return accounts.named(user);
    if (!/^[1-9]\d{0,9}$/.test(user)) throw new UsageError(`Not an id: ${user}`);
    return accounts.withId(Number(user));
  }
}
