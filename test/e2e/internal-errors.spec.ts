import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

describe('An error that no one thought of', () => {
  it('is answered with 500 and nothing of its cause, which is in one line of the log (S65, S78, S79)', async () => {
    const server = await Server.start();
    const { token } = await server.client.newSession();
    const file = await SqliteFile.open(join(server.directory, 'data', 'gatehouse.sqlite'));
    await file.query('ALTER TABLE security_events RENAME TO elsewhere');
    const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'the-request' };
    const answer = await fetch(`${server.url}/user/events`, { headers });
    expect([answer.status, answer.headers.get('x-content-type-options')]).toEqual([500, 'nosniff']);
    expect(await answer.json()).toEqual({
      type: '/problems/internal-error',
      title: 'Internal error',
      status: 500,
      detail: 'Something went wrong on our side; the log has it under the request id',
    });
    await eventually(() => {
      const lines = server.output.trimEnd().split('\n');
      for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
      const ours = lines.filter((line) => line.includes('the-request'));
      expect(ours).toEqual([expect.stringMatching(/no such table.*\\n +at /)]);
    }, 5_000);

    await file.query('ALTER TABLE elsewhere RENAME TO security_events');
    await file.close();
    expect((await server.client.get('/user/events', { bearer: token })).status).toBe(200);
    expect(server.hasEnded).toBe(false);
  });
});
