import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The account's present name in its sessions, and since when their live tokens may show another. */
export class SessionNames1700000004000 implements MigrationInterface {
  name = 'SessionNames1700000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE sessions ADD COLUMN username VARCHAR(80) NOT NULL DEFAULT ''");
    await runner.query(
      `UPDATE sessions SET username =
         COALESCE((SELECT username FROM users WHERE users.id = sessions.user_id), '')`,
    );
    await runner.query('ALTER TABLE sessions ADD COLUMN renamed_at_ms BIGINT');
    await runner.query(
      'CREATE INDEX sessions_renamed ON sessions (renamed_at_ms) WHERE renamed_at_ms IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX sessions_renamed');
    await runner.query('ALTER TABLE sessions DROP COLUMN renamed_at_ms');
    await runner.query('ALTER TABLE sessions DROP COLUMN username');
  }
}
