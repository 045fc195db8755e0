import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How its session was proved, with each token: a request with one reads no other row for it. */
export class TokenMethods1700000016000 implements MigrationInterface {
  name = 'TokenMethods1700000016000';

  async up(runner: QueryRunner): Promise<void> {
    // Null in those that versions before second factors make.
    await runner.query('ALTER TABLE tokens ADD COLUMN amr TEXT');
    await runner.query(`
      UPDATE tokens SET amr = sessions.amr FROM sessions
      WHERE sessions.id = tokens.session_id AND sessions.amr <> 'pwd'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tokens DROP COLUMN amr');
  }
}
