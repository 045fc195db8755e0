import type { Database } from '../../src/database/database.js';
import { runStatement } from '../../src/database/statements.js';
import { formatRoles, type UserFacts } from '../../src/tokens/user-facts.js';

/** Makes the row of an account that no one can log in to, unless it is there. */
export async function addAccount(
  database: Database,
  userId: number,
  username: string,
): Promise<void> {
  await database.write(async (manager) => {
    await runStatement(
      manager,
      `INSERT INTO users (id, username, password_hash, credential_version, created_at_ms)
       ${database.ids.insertion('users', 'id').overriding}
       VALUES ($1, $2, '', 1, 0)
       ON CONFLICT DO NOTHING`,
      [userId, username],
    );
  });
}

/** Takes the row of an account out, as one that a restored database has never had. */
export async function removeAccount(database: Database, userId: number): Promise<void> {
  await database.write((manager) =>
    runStatement(manager, 'DELETE FROM users WHERE id = $1', [userId]),
  );
}

/** Sets the row of an account to what it was before any change, as in a database that has gone back in time. */
export async function setBack(
  database: Database,
  userId: number,
  { username, roles }: Pick<UserFacts, 'username' | 'roles'>,
): Promise<void> {
  await database.write((manager) =>
    runStatement(
      manager,
      `UPDATE users SET username = $1, roles = $2, disabled_at_ms = NULL, facts_version = 0,
         untold_since_ms = NULL
       WHERE id = $3`,
      [username, formatRoles(roles), userId],
    ),
  );
}

/** Changes the row of an account, which only goes forward. */
export async function setFacts(
  database: Database,
  userId: number,
  { username, roles, isDisabled, version }: UserFacts,
): Promise<void> {
  await database.write((manager) =>
    runStatement(
      manager,
      `UPDATE users SET username = $1, roles = $2, disabled_at_ms = $3, facts_version = $4
       WHERE id = $5 AND facts_version < $4`,
      [username, formatRoles(roles), isDisabled ? 0 : null, version, userId],
    ),
  );
}
