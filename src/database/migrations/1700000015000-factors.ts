import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second factors, and how a session was proved. What belongs to an account goes with it. */
export class Factors1700000015000 implements MigrationInterface {
  name = 'Factors1700000015000';

  async up(runner: QueryRunner): Promise<void> {
    // How many active factors it has: a log-in reads it with the password's hash.
    await runner.query('ALTER TABLE users ADD COLUMN factors INTEGER NOT NULL DEFAULT 0');
    await runner.query("ALTER TABLE sessions ADD COLUMN amr TEXT NOT NULL DEFAULT 'pwd'");
    await runner.query(`
      CREATE TABLE factors (
        id VARCHAR(22) PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        type VARCHAR(16) NOT NULL,
        name TEXT NOT NULL,
        secret TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        activated_at_ms BIGINT,
        last_used_at_ms BIGINT,
        last_step BIGINT
      )`);
    await runner.query('CREATE INDEX factors_of_user ON factors (user_id)');
    await runner.query(
      'CREATE INDEX factors_unconfirmed ON factors (created_at_ms) WHERE activated_at_ms IS NULL',
    );
    await runner.query(`
      CREATE TABLE recovery_codes (
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        code_hash VARCHAR(43) NOT NULL,
        PRIMARY KEY (user_id, code_hash)
      )`);
    await runner.query(`
      CREATE TABLE challenges (
        hash VARCHAR(43) PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        credential_version INTEGER NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        wrong_codes INTEGER NOT NULL DEFAULT 0
      )`);
    await runner.query('CREATE INDEX challenges_of_user ON challenges (user_id)');
    await runner.query('CREATE INDEX challenges_expiring ON challenges (expires_at_ms)');
    await runner.query(`
      CREATE TABLE wrong_codes (
        user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        since_login INTEGER NOT NULL,
        in_window INTEGER NOT NULL,
        window_began_at_ms BIGINT NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE wrong_codes');
    await runner.query('DROP TABLE challenges');
    await runner.query('DROP TABLE recovery_codes');
    await runner.query('DROP TABLE factors');
    await runner.query('ALTER TABLE sessions DROP COLUMN amr');
    await runner.query('ALTER TABLE users DROP COLUMN factors');
  }
}
