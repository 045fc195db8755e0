import { MigrationExecutor, type QueryRunner } from 'typeorm';

/**
 * Brings the schema up to date, all migrations or none, under the lock of the database: of several
 * instances that start at once one migrates, and the others find it done.
 */
export async function migrate(runner: QueryRunner): Promise<void> {
  const executor = new MigrationExecutor(runner.connection, runner);
  executor.transaction = 'none';
  await runner.query('BEGIN IMMEDIATE');
  try {
    await executor.executePendingMigrations();
    await runner.query('COMMIT');
  } catch (error) {
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
