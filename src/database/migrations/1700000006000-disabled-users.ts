import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when an account is disabled; null while it is not. */
export class DisabledUsers1700000006000 implements MigrationInterface {
  name = 'DisabledUsers1700000006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users ADD COLUMN disabled_at_ms BIGINT');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users DROP COLUMN disabled_at_ms');
  }
}
