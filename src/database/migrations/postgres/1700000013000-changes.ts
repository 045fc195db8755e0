import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What changed, for those who keep answers of introspection, and their leases. Row 0 of the changes has a
 * random word, which names the tables' life.
 */
export class Changes1700000013000 implements MigrationInterface {
  name = 'Changes1700000013000';

  async up(runner: QueryRunner): Promise<void> {
    // Empty after a crash, a promotion or a restored backup: then the word is another one, and nobody takes what
    // is left for all there was.
    await runner.query(
      'CREATE UNLOGGED TABLE changes (id BIGINT PRIMARY KEY, entry TEXT NOT NULL)',
    );
    // Room in each page, so that a renewed lease stays in its own.
    await runner.query(`
      CREATE UNLOGGED TABLE leases (
        client VARCHAR(64) NOT NULL,
        verifier VARCHAR(64) NOT NULL,
        length_ms INTEGER NOT NULL,
        acknowledged VARCHAR(96) NOT NULL,
        beat VARCHAR(22) NOT NULL,
        PRIMARY KEY (client, verifier)
      ) WITH (fillfactor = 25)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE leases');
    await runner.query('DROP TABLE changes');
  }
}
