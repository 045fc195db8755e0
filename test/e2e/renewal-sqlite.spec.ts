import { join } from 'node:path';
import { claimsOf, type Client } from '../support/client.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { pastHalfLife, renew, renewed, untilSecond } from '../support/tokens.js';

describe('A renewal and the SQLite file', () => {
  let client: Client;
  let file: SqliteFile;

  beforeAll(async () => {
    const server = await Server.start({ TOKEN_TTL: '6' });
    client = server.client;
    file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
  });

  afterAll(() => file.close());

  it('is skipped if it is soft and the file is locked: the own token is answered', async () => {
    const { token } = await client.newSession();
    await untilSecond(pastHalfLife(token));
    await file.lock();
    const answers = await Promise.all([
      client.get('/user', { bearer: token }),
      client.post('/validate_token', { bearer: token }),
      client.post('/validate_token', { json: { token } }),
      client.get('/api/token', { basic: `${token}:` }),
    ]);
    await file.unlock();
    for (const { status, body } of answers) expect([status, body.token]).toEqual([200, token]);
    expect(await renewed(client, token)).not.toBe(token);
  });

  it('is refused if the row of the session has ended, and ends its tokens for good', async () => {
    const { token } = await client.newSession();
    const next = await renewed(client, token);
    const sql = 'UPDATE sessions SET ended_at_ms = ? WHERE id = ?';
    await file.query(sql, Date.now(), String(claimsOf(token).sid));
    expect((await renew(client, next)).status).toBe(401);
    expect([await client.accepts(token), await client.accepts(next)]).toEqual([false, false]);
  });
});
