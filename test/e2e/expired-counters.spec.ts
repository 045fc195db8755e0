import { eventually } from '../support/eventually.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { Server } from '../support/server.js';

/** More than are removed at once. */
const MANY = 2_500;
const HOUR_MS = 3_600_000;

it('Counters in PostgreSQL go once their window has ended, however many there are', async () => {
  const DATABASE_URL = await newPostgresDatabase();
  const server = await Server.start({ DATABASE_URL });
  await server.stop();
  const database = await connectToPostgres(DATABASE_URL);
  await database.query(
    'INSERT INTO counters SELECT $1 || n, 1, $2 FROM generate_series(1, $3) AS n',
    ['ended-', Date.now() - HOUR_MS, MANY],
  );
  await database.query('INSERT INTO counters VALUES ($1, 1, $2)', ['open', Date.now() + HOUR_MS]);

  await server.restart();
  await eventually(async () => {
    const { rows } = await database.query('SELECT key FROM counters');
    expect(rows).toEqual([{ key: 'open' }]);
  }, 10_000);

  await database.query('SET enable_seqscan = off');
  const { rows } = await database.query('EXPLAIN SELECT key FROM counters WHERE expire < 1');
  expect(JSON.stringify(rows)).toContain('counters_expiry');
});
