import type { EntityManager } from 'typeorm';

/**
 * Runs an UPDATE that joins rows of values as a table named `given`, and gives what it returns. The rows
 * are one parameter, so that the statement stays the same however many there are.
 * @param columns of `given`, with their types in PostgreSQL
 * @param update from `UPDATE` to `RETURNING`
 */
export async function updateFromGiven<Row extends object>(
  manager: EntityManager,
  columns: Record<keyof Row & string, 'text' | 'bigint'>,
  rows: Row[],
  update: string,
): Promise<object[]> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const given =
    manager.connection.options.type === 'postgres'
      ? `SELECT * FROM json_to_recordset($1) AS g(${names.map((name) => `${name} ${columns[name]}`).join()})`
      : `SELECT ${names.map((name) => `value ->> '${name}' AS ${name}`).join()} FROM json_each(?)`;
  if (!manager.queryRunner) throw new Error('An update belongs into a transaction');
  const result = await manager.queryRunner.query(
    `WITH given AS (${given}) ${update}`,
    [JSON.stringify(rows)],
    true,
  );
  return result.records as object[];
}
