import { MigrationExecutor, type QueryRunner } from 'typeorm';

/**
 * Runs the migrations that the database has not seen, in the transaction that `runner` is in: all of
 * them or none. The caller holds the lock that lets one instance do this at a time.
 */
export async function runPendingMigrations(runner: QueryRunner | undefined): Promise<void> {
  if (!runner) throw new Error('Migrations run in a transaction of their own');
  const executor = new MigrationExecutor(runner.connection, runner);
  executor.transaction = 'none';
  await executor.executePendingMigrations();
}
