import type { AccountsAdministration } from '../../users/accounts-administration.js';
import type { User } from '../../users/user.entity.js';

const READ_AT_ONCE = 500;

/** All accounts by their ids upward, those that are made meanwhile included. */
export async function* everyUser(accounts: AccountsAdministration): AsyncGenerator<User> {
  for (let lastId = 0; ;) {
    const users = await accounts.list(lastId, READ_AT_ONCE);
    yield* users;
    const last = users.at(-1);
    if (!last || users.length < READ_AT_ONCE) return;
    lastId = last.id;
  }
}
