import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Joins a security event to the lines of the log on behalf of the same request. */
export class EventRequests1700000005000 implements MigrationInterface {
  name = 'EventRequests1700000005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE security_events ADD COLUMN request_id VARCHAR(128)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE security_events DROP COLUMN request_id');
  }
}
