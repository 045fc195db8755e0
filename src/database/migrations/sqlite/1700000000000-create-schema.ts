import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, their sessions, the live tokens of the embedded store, and security events. */
export class CreateSchema1700000000000 implements MigrationInterface {
  name = 'CreateSchema1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    // AUTOINCREMENT: an id is never given to a second account.
    await runner.query(`
      CREATE TABLE users (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        username VARCHAR(80) NOT NULL UNIQUE,
        password_hash VARCHAR(255) NOT NULL,
        credential_version INTEGER NOT NULL,
        created_at_ms BIGINT NOT NULL
      )`);
    // No foreign key to users: an ended session must outlive its account until every store heard of it.
    await runner.query(`
      CREATE TABLE sessions (
        id VARCHAR(22) PRIMARY KEY,
        user_id INTEGER NOT NULL,
        created_at_ms BIGINT NOT NULL,
        renewed_at_ms BIGINT NOT NULL,
        expires_at_seconds BIGINT NOT NULL,
        ends_at_seconds BIGINT NOT NULL,
        generation INTEGER NOT NULL,
        ended_at_ms BIGINT,
        address VARCHAR(64) NOT NULL,
        user_agent VARCHAR(256)
      )`);
    await runner.query('CREATE INDEX sessions_user ON sessions (user_id)');
    await runner.query('CREATE INDEX sessions_expiry ON sessions (expires_at_seconds)');
    await runner.query(
      'CREATE INDEX sessions_ended ON sessions (ended_at_ms) WHERE ended_at_ms IS NOT NULL',
    );
    await runner.query(`
      CREATE TABLE tokens (
        jti VARCHAR(22) PRIMARY KEY,
        user_id INTEGER NOT NULL,
        username VARCHAR(80) NOT NULL,
        session_id VARCHAR(22) NOT NULL,
        auth_time_seconds BIGINT NOT NULL,
        session_ends_at_seconds BIGINT NOT NULL,
        issued_at_seconds BIGINT NOT NULL,
        expires_at_seconds BIGINT NOT NULL,
        newest BOOLEAN NOT NULL,
        generation INTEGER NOT NULL,
        dies_at_ms BIGINT
      )`);
    await runner.query('CREATE INDEX tokens_user ON tokens (user_id)');
    await runner.query('CREATE UNIQUE INDEX tokens_newest ON tokens (session_id) WHERE newest');
    await runner.query('CREATE INDEX tokens_session ON tokens (session_id)');
    await runner.query('CREATE INDEX tokens_expiry ON tokens (expires_at_seconds)');
    await runner.query(`
      CREATE TABLE security_events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        type VARCHAR(40) NOT NULL,
        outcome VARCHAR(10) NOT NULL,
        at_ms BIGINT NOT NULL,
        user_id INTEGER,
        session_id VARCHAR(22),
        address VARCHAR(64) NOT NULL,
        user_agent VARCHAR(256)
      )`);
    await runner.query('CREATE INDEX security_events_user ON security_events (user_id, id)');
    await runner.query('CREATE INDEX security_events_age ON security_events (at_ms)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['security_events', 'tokens', 'sessions', 'users']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
