import { randomBytes } from 'node:crypto';
import pg from 'pg';

const connections = new Set<pg.Client>();

afterAll(async () => {
  for (const connection of connections) await connection.end();
});

/** Another program's own connection to a database, until the test file ends. */
export async function connectToPostgres(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  connections.add(client);
  return client;
}

/**
 * The URL of a new database on the tests' PostgreSQL.
 * @param template the name of the database that it is a copy of; undefined: it is empty
 */
export async function newPostgresDatabase(template = 'template1'): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL ?? '';
  const name = `gatehouse_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
