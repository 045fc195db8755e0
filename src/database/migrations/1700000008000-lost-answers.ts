import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tells a client whose answer was lost from a thief, finds dead tokens at once, counts password changes, and tells few renewals. */
export class LostAnswers1700000008000 implements MigrationInterface {
  name = 'LostAnswers1700000008000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tokens ADD COLUMN replaces VARCHAR(22)');
    await runner.query('ALTER TABLE tokens ADD COLUMN presented BOOLEAN NOT NULL DEFAULT false');
    await runner.query('ALTER TABLE tokens ADD COLUMN followed BOOLEAN NOT NULL DEFAULT false');
    await runner.query('ALTER TABLE tokens ADD COLUMN replacements INTEGER NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE tokens ADD COLUMN restart_jti VARCHAR(22)');
    await runner.query('ALTER TABLE tokens ADD COLUMN restarted_at_seconds BIGINT');
    await runner.query(
      'CREATE INDEX tokens_dying ON tokens (dies_at_ms) WHERE dies_at_ms IS NOT NULL',
    );
    await runner.query('ALTER TABLE sessions ADD COLUMN replacements INTEGER NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE sessions ADD COLUMN renewal_told_at_ms BIGINT');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sessions DROP COLUMN renewal_told_at_ms');
    await runner.query('ALTER TABLE sessions DROP COLUMN replacements');
    await runner.query('DROP INDEX tokens_dying');
    const columns = [
      'restarted_at_seconds',
      'restart_jti',
      'replacements',
      'followed',
      'presented',
    ];
    for (const column of [...columns, 'replaces']) {
      await runner.query(`ALTER TABLE tokens DROP COLUMN ${column}`);
    }
  }
}
