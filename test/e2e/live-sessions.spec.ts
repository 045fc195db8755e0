import { join } from 'node:path';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { scrape } from '../support/scrape.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

/** More than are counted at once; those that expire in the same second are, too. */
const SAME_SECOND = 4_500;
const OTHERS = 3_000;
const ENDED = 700;
const EXPIRED = 600;

const LIFETIME_SECONDS = 3_600;

/** The rows of sessions, as statements that both databases understand. */
function statements(): string[] {
  const now = Math.floor(Date.now() / 1000);
  const sessions = (kind: string, count: number, expires: string, endedAtMs = 'NULL') =>
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
     INSERT INTO sessions (id, user_id, created_at_ms, renewed_at_ms, expires_at_seconds,
       ends_at_seconds, generation, address, ended_at_ms)
     SELECT '${kind}-' || n, 999, 0, 0, ${expires}, ${now + 2 * LIFETIME_SECONDS}, 0, '::1', ${endedAtMs}
     FROM numbers`;
  const then = now + LIFETIME_SECONDS;
  return [
    sessions('same', SAME_SECOND, `${then}`),
    sessions('other', OTHERS, `${then} - n % 1000`),
    sessions('ended', ENDED, `${then}`, '1'),
    sessions('expired', EXPIRED, `${now} - 1000`),
  ];
}

it.each(['SQLite', 'PostgreSQL'])(
  'Live sessions are counted to the last one on %s, however many there are',
  async (engine) => {
    const isPostgres = engine === 'PostgreSQL';
    const settings = isPostgres ? { DATABASE_URL: await newPostgresDatabase() } : {};
    const server = await Server.start(settings);
    if (settings.DATABASE_URL) {
      const database = await connectToPostgres(settings.DATABASE_URL);
      for (const sql of statements()) await database.query(sql);
    } else {
      const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
      for (const sql of statements()) await file.query(sql);
      await file.close();
    }
    const { client } = server;
    expect((await scrape(client)).get('gatehouse_live_sessions')).toBe(SAME_SECOND + OTHERS);
  },
);
