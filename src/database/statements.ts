import type { EntityManager } from 'typeorm';

/**
 * Runs one statement whose text both databases understand. For what each request does: TypeORM would put
 * together the text of its own statements each time, at more than the cost of running them.
 * @param sql with the parameters `$1`, `$2` and so on, which appear first in the order of their numbers.
 *   A write that returns rows begins with `WITH`: TypeORM's SQLite driver drops those of others.
 * @returns its rows, with names of columns and values as the database has them
 */
export async function runStatement<Row extends object>(
  manager: EntityManager,
  sql: string,
  parameters: readonly (string | number | null)[],
): Promise<Row[]> {
  if (!manager.queryRunner) return manager.query<Row[]>(sql, [...parameters]);
  const result = await manager.queryRunner.query(sql, [...parameters], true);
  return (result.records as Row[] | undefined) ?? [];
}

/**
 * Runs a write that finds rows of values in a table named `given`. The rows are one parameter, so that
 * the statement stays the same however many there are.
 * @param columns of `given`, with their types in PostgreSQL
 */
export async function runWithGiven<Result extends object>(
  manager: EntityManager,
  columns: Record<string, 'text' | 'bigint'>,
  rows: readonly Record<string, string | number | null>[],
  statement: string,
): Promise<Result[]> {
  if (!manager.queryRunner) throw new Error('A write belongs into a transaction');
  const names = Object.keys(columns);
  const given =
    manager.connection.options.type === 'postgres'
      ? `SELECT * FROM json_to_recordset($1) AS g(${names.map((name) => `${name} ${String(columns[name])}`).join()})`
      : `SELECT ${names.map((name) => `value ->> '${name}' AS ${name}`).join()} FROM json_each($1)`;
  return runStatement(manager, `WITH given AS (${given}) ${statement}`, [JSON.stringify(rows)]);
}
