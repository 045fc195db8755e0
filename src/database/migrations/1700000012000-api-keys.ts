import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys: the row is the truth about a key. */
export class ApiKeys1700000012000 implements MigrationInterface {
  name = 'ApiKeys1700000012000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_keys (
        id VARCHAR(22) PRIMARY KEY,
        user_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        key_hash VARCHAR(43) NOT NULL UNIQUE,
        hint VARCHAR(4) NOT NULL,
        roles TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        expires_at_seconds BIGINT,
        last_used_at_ms BIGINT,
        deleted_at_ms BIGINT
      )`);
    await runner.query('CREATE INDEX api_keys_of_user ON api_keys (user_id)');
    await runner.query(
      'CREATE INDEX api_keys_deleted ON api_keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL',
    );
    await runner.query(`
      CREATE INDEX api_keys_expiring ON api_keys (expires_at_seconds)
      WHERE expires_at_seconds IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE api_keys');
  }
}
