import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What changed, for those who keep answers of introspection. Row 0 names the process that serves them. */
export class Changes1700000013000 implements MigrationInterface {
  name = 'Changes1700000013000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE changes (id INTEGER PRIMARY KEY, entry TEXT NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE changes');
  }
}
