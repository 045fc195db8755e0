import type { AccountsAdministration, ListedAccount } from '../../users/accounts-administration.js';

const READ_AT_ONCE = 500;

/**
 * All accounts by their ids upward, those that are made meanwhile included.
 * @param role only those that have it
 */
export async function* everyUser(
  accounts: AccountsAdministration,
  role?: string,
): AsyncGenerator<ListedAccount> {
  for (let lastId = 0; ;) {
    const listed = await accounts.list(lastId, READ_AT_ONCE, role);
    yield* listed;
    const last = listed.at(-1);
    if (!last || listed.length < READ_AT_ONCE) return;
    lastId = last.user.id;
  }
}
