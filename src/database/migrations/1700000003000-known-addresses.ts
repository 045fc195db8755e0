import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds at once whether an account logged in from an address, however many events it has. */
export class KnownAddresses1700000003000 implements MigrationInterface {
  name = 'KnownAddresses1700000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE security_events ADD COLUMN address_block VARCHAR(64)');
    // SQL cannot tell the network of an IPv6 address: those become known at their next log-in.
    await runner.query(`
      UPDATE security_events SET address_block = address
      WHERE type = 'login.succeeded' AND address NOT LIKE '%:%'`);
    await runner.query(
      'CREATE INDEX security_events_known ON security_events (user_id, type, address_block, at_ms)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX security_events_known');
    await runner.query('ALTER TABLE security_events DROP COLUMN address_block');
  }
}
