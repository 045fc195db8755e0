import { upgradedDatabases } from '../support/upgrade.js';

const SESSIONS = {
  'of-two-factors': 'pwd otp mfa',
  'of-a-password': 'pwd',
};

describe.each(upgradedDatabases)('A token of the version before ($name)', ({ over }) => {
  it('keeps saying how its session was proved', async () => {
    const rows = await over(
      'TokenMethods1700000016000',
      async (older) => {
        for (const [session, amr] of Object.entries(SESSIONS)) {
          await older.query(
            `INSERT INTO sessions (id, user_id, created_at_ms, renewed_at_ms, expires_at_seconds,
               ends_at_seconds, generation, address, amr)
             VALUES ('${session}', 1, 1, 1, 1, 1, 1, '::1', '${amr}')`,
          );
          await older.query(
            `INSERT INTO tokens (jti, user_id, username, session_id, auth_time_seconds,
               session_ends_at_seconds, issued_at_seconds, expires_at_seconds, newest, generation)
             VALUES ('${session}', 1, 'susan', '${session}', 1, 1, 1, 1, true, 1)`,
          );
        }
      },
      (newer) => newer.query<unknown[]>('SELECT jti, amr FROM tokens ORDER BY jti DESC'),
    );
    // None is that of a password.
    expect(rows).toEqual([
      { jti: 'of-two-factors', amr: 'pwd otp mfa' },
      { jti: 'of-a-password', amr: null },
    ]);
  });
});
