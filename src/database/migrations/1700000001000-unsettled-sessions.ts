import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions that end by themselves unless the step that is under way in them comes to its end. */
export class UnsettledSessions1700000001000 implements MigrationInterface {
  name = 'UnsettledSessions1700000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sessions ADD COLUMN unsettled_until_ms BIGINT');
    await runner.query(
      'CREATE INDEX sessions_unsettled ON sessions (unsettled_until_ms) WHERE unsettled_until_ms IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX sessions_unsettled');
    await runner.query('ALTER TABLE sessions DROP COLUMN unsettled_until_ms');
  }
}
