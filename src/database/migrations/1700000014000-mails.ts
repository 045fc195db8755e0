import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses of accounts, and the mails that are to be sent. Both go with their account. */
export class Mails1700000014000 implements MigrationInterface {
  name = 'Mails1700000014000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE email_addresses (
        user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        email VARCHAR(254),
        folded_email VARCHAR(254) UNIQUE,
        wanted_email VARCHAR(254),
        version INTEGER NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE mails (
        id VARCHAR(22) PRIMARY KEY,
        kind VARCHAR(32) NOT NULL,
        user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
        recipient VARCHAR(254),
        details TEXT NOT NULL,
        credential_version INTEGER,
        address_version INTEGER,
        created_at_ms BIGINT NOT NULL,
        due_at_ms BIGINT,
        attempts INTEGER NOT NULL DEFAULT 0,
        sent_at_ms BIGINT,
        token_hash VARCHAR(43) UNIQUE,
        code_hash VARCHAR(43),
        wrong_codes INTEGER NOT NULL DEFAULT 0
      )`);
    await runner.query('CREATE INDEX mails_due ON mails (due_at_ms) WHERE due_at_ms IS NOT NULL');
    await runner.query('CREATE INDEX mails_of_user ON mails (user_id, kind, created_at_ms)');
    await runner.query('CREATE INDEX mails_created ON mails (created_at_ms)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE mails');
    await runner.query('DROP TABLE email_addresses');
  }
}
