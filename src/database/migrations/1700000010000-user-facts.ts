import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The roles of accounts, the version of what is said of each, and since when the store may not know. */
export class UserFacts1700000010000 implements MigrationInterface {
  name = 'UserFacts1700000010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE users ADD COLUMN roles TEXT NOT NULL DEFAULT ''");
    await runner.query('ALTER TABLE users ADD COLUMN facts_version BIGINT NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE users ADD COLUMN untold_since_ms BIGINT');
    await runner.query(
      'CREATE INDEX users_untold ON users (untold_since_ms) WHERE untold_since_ms IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX users_untold');
    await runner.query('ALTER TABLE users DROP COLUMN untold_since_ms');
    await runner.query('ALTER TABLE users DROP COLUMN facts_version');
    await runner.query('ALTER TABLE users DROP COLUMN roles');
  }
}
