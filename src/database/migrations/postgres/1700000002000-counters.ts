import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counters of failed attempts, in the shape that rate-limiter-flexible expects. */
export class Counters1700000002000 implements MigrationInterface {
  name = 'Counters1700000002000';

  async up(runner: QueryRunner): Promise<void> {
    // A crash may lose them: they are worth less than a write-ahead log entry for each failure.
    await runner.query(`
      CREATE UNLOGGED TABLE counters (
        key VARCHAR(255) PRIMARY KEY,
        points INTEGER NOT NULL,
        expire BIGINT
      )`);
    await runner.query('CREATE INDEX counters_expiry ON counters (expire)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE counters');
  }
}
