import pg from 'pg';

/** Lets every transaction of a PostgreSQL server that says no more about it write nothing, or write again. */
export async function setReadOnly(url: string, isReadOnly: boolean): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('SET default_transaction_read_only = off');
  await admin.query(
    `ALTER SYSTEM SET default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`,
  );
  await admin.query('SELECT pg_reload_conf()');
  await admin.end();
}
