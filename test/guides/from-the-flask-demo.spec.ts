import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../support/client.js';
import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';
import { SqliteFile } from '../support/sqlite-file.js';

/** As the demo keeps a password: its salt, and the hash. */
function demoPassword(password: string): string {
  const salt = randomBytes(32);
  return Buffer.concat([salt, pbkdf2Sync(password, salt, 100_000, 32, 'sha256')]).toString('hex');
}

it('The users of the Flask demo log in with their old passwords, under their old ids', async () => {
  const port = await freePort();
  const guide = new Guide('docs/guides/from-the-flask-demo.md', {
    replacements: { '127.0.0.1:3000': `127.0.0.1:${port}` },
    variables: { PORT: String(port) },
  });
  const path = join(guide.folder, 'users.db');
  closeSync(openSync(path, 'w'));
  const demo = await SqliteFile.open(path);
  await demo.query('CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, password BLOB)');
  for (const [id, username] of [
    [4, 'miguel'],
    [9, 'susan'],
  ] as const) {
    const hash = demoPassword('python');
    await demo.query('INSERT INTO users VALUES (?, ?, unhex(?))', id, username, hash);
  }
  await demo.close();

  await guide.follow();
  const client = new Client(`http://127.0.0.1:${port}`);
  const bearer = await client.login({ username: 'susan', password: 'python' });
  expect((await client.get('/user', { bearer })).body.user).toEqual({ id: 9, username: 'susan' });
});
