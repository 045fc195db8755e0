import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

const DAY_MS = 24 * 3600 * 1000;

/** More than the job forgets at once. */
const MANY = 1_700;

async function insertEvents(file: SqliteFile, count: number, daysAgo: number): Promise<void> {
  await file.query(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     INSERT INTO security_events (type, outcome, at_ms, user_id, address)
     SELECT 'login.succeeded', 'success', ?, 999, '192.0.2.' || ? FROM numbers`,
    count,
    Date.now() - daysAgo * DAY_MS,
    daysAgo,
  );
}

describe('Security events', () => {
  it.each([
    ['90 days', {}, 90],
    ['AUDIT_RETENTION_DAYS', { AUDIT_RETENTION_DAYS: '7' }, 7],
  ])('are forgotten after %s, and not before', async (_, variables, days) => {
    const first = await Server.start(variables);
    const file = await SqliteFile.open(join(first.directory, 'data/gatehouse.sqlite'));
    await first.stop();
    await insertEvents(file, MANY, days + 1);
    await insertEvents(file, 2, days - 1);

    const { client } = await first.restart();
    const { id } = await client.register();
    await eventually(async () => {
      const kept = await file.query(
        'SELECT user_id, address FROM security_events ORDER BY user_id, id',
      );
      const young = { user_id: 999, address: `192.0.2.${days - 1}` };
      expect(kept).toEqual([{ user_id: id, address: '127.0.0.1' }, young, young]);
    }, 10_000);
    await file.close();
  });
});
