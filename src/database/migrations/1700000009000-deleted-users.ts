import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ids of deleted accounts, which stay when the events of the deletions are forgotten. */
export class DeletedUsers1700000009000 implements MigrationInterface {
  name = 'DeletedUsers1700000009000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE deleted_users (id INTEGER PRIMARY KEY)');
    // An import may have given such an id away before.
    await runner.query(`
      INSERT INTO deleted_users (id) SELECT DISTINCT user_id FROM security_events
      WHERE type = 'account.deleted' AND user_id IS NOT NULL
        AND user_id NOT IN (SELECT id FROM users)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE deleted_users');
  }
}
