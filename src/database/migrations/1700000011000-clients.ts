import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Clients, which are programs with credentials of their own, and the tokens that they get for themselves. */
export class Clients1700000011000 implements MigrationInterface {
  name = 'Clients1700000011000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE clients (
        client_id VARCHAR(68) PRIMARY KEY,
        name VARCHAR(64) NOT NULL,
        scopes VARCHAR(1024) NOT NULL,
        introspects BOOLEAN NOT NULL,
        version INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        created_at_ms BIGINT NOT NULL,
        disabled_at_ms BIGINT,
        deleted_at_ms BIGINT,
        untold_since_ms BIGINT
      )`);
    await runner.query('CREATE UNIQUE INDEX clients_name ON clients (name)');
    await runner.query(
      'CREATE INDEX clients_untold ON clients (untold_since_ms) WHERE untold_since_ms IS NOT NULL',
    );
    await runner.query(`
      CREATE TABLE client_secrets (
        hash VARCHAR(43) PRIMARY KEY,
        client_id VARCHAR(68) NOT NULL,
        created_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT
      )`);
    await runner.query('CREATE INDEX client_secrets_client ON client_secrets (client_id)');
    await runner.query(`
      CREATE TABLE client_tokens (
        jti VARCHAR(22) PRIMARY KEY,
        client_id VARCHAR(68) NOT NULL,
        generation INTEGER NOT NULL,
        scopes VARCHAR(1024) NOT NULL,
        issued_at_seconds BIGINT NOT NULL,
        expires_at_seconds BIGINT NOT NULL
      )`);
    await runner.query(
      'CREATE INDEX client_tokens_client ON client_tokens (client_id, expires_at_seconds)',
    );
    await runner.query('CREATE INDEX client_tokens_expiry ON client_tokens (expires_at_seconds)');
    await runner.query('ALTER TABLE security_events ADD COLUMN client_id VARCHAR(68)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE security_events DROP COLUMN client_id');
    for (const table of ['client_tokens', 'client_secrets', 'clients']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
