import { MigrationExecutor, type EntityManager, type QueryRunner } from 'typeorm';
import type { Pending } from './engine.js';
import { reasonOf } from './reasons.js';

/**
 * Runs the migrations that the database has not seen, in the transaction that `runner` is in: all of
 * them or none. The caller holds the lock that lets one instance do this at a time.
 */
export async function runPendingMigrations(runner: QueryRunner | undefined): Promise<void> {
  await executorOf(runner).executePendingMigrations();
}

/**
 * The migrations that the database has not seen, and why they would fail. To a database that has seen none
 * they are applied and taken back. In another that would keep requests waiting, so `alterationFault` is asked.
 * @param manager in a transaction
 */
export async function pendingMigrations(
  manager: EntityManager,
  alterationFault?: (manager: EntityManager) => Promise<string | undefined>,
): Promise<Pending> {
  const executor = executorOf(manager.queryRunner);
  const pending = await executor.getPendingMigrations();
  if (pending.length === 0) return { migrations: [] };
  const isFirst = pending.length === manager.connection.migrations.length;
  return {
    migrations: pending.map(({ name }) => name),
    fault: isFirst ? await rehearsalFault(manager) : await alterationFault?.(manager),
  };
}

async function rehearsalFault(manager: EntityManager): Promise<string | undefined> {
  await manager.query('SAVEPOINT rehearsal');
  try {
    await runPendingMigrations(manager.queryRunner);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    await manager.query('ROLLBACK TO SAVEPOINT rehearsal');
  }
}

function executorOf(runner: QueryRunner | undefined): MigrationExecutor {
  if (!runner) throw new Error('Migrations run in a transaction of their own');
  const executor = new MigrationExecutor(runner.connection, runner);
  executor.transaction = 'none';
  return executor;
}
