import type { EntityManager } from 'typeorm';

/**
 * Runs an UPDATE or INSERT that reads rows of values from a table named `given`, and gives what it returns. The rows
 * are one parameter, so that the statement stays the same however many there are.
 * @param columns of `given`, with their types in PostgreSQL
 * @param write from its first word to `RETURNING`
 */
export async function writeFromGiven<Row extends object>(
  manager: EntityManager,
  columns: Record<keyof Row & string, 'text' | 'bigint'>,
  rows: Row[],
  write: string,
): Promise<object[]> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const given =
    manager.connection.options.type === 'postgres'
      ? `SELECT * FROM json_to_recordset($1) AS g(${names.map((name) => `${name} ${columns[name]}`).join()})`
      : `SELECT ${names.map((name) => `value ->> '${name}' AS ${name}`).join()} FROM json_each(?)`;
  if (!manager.queryRunner) throw new Error('A write belongs into a transaction');
  const result = await manager.queryRunner.query(
    `WITH given AS (${given}) ${write}`,
    [JSON.stringify(rows)],
    true,
  );
  return result.records as object[];
}
