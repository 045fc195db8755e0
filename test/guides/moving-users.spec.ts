import { hash as bcrypt } from '@node-rs/bcrypt';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../support/client.js';
import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';
import { SqliteFile } from '../support/sqlite-file.js';

const EXPORTS = join(__dirname, '../cli/fixtures/exports');

it('The users of other systems log in with their old passwords', async () => {
  const port = await freePort();
  const guide = new Guide('docs/guides/moving-users.md', {
    replacements: { '127.0.0.1:3000': `127.0.0.1:${port}` },
    variables: { PORT: String(port) },
  });
  const at = (name: string) => join(guide.folder, name);
  copyFileSync(join(EXPORTS, 'django.sqlite3'), at('db.sqlite3'));
  copyFileSync(join(EXPORTS, 'keycloak-realm.json'), at('realm.json'));
  copyFileSync(join(EXPORTS, 'firebase-hash-config.txt'), at('hash-config.txt'));
  // The guide's files have only accounts with passwords.
  const django = await SqliteFile.open(at('db.sqlite3'));
  await django.query("DELETE FROM auth_user WHERE username = 'django-none'");
  await django.close();
  const { users } = JSON.parse(readFileSync(join(EXPORTS, 'firebase.json'), 'utf8')) as {
    users: object[];
  };
  writeFileSync(
    at('users.json'),
    JSON.stringify({ users: users.filter((user) => 'passwordHash' in user) }),
  );
  const hash = await bcrypt('Hafen-Mole 27', 4);
  writeFileSync(
    at('members.csv'),
    `login;password;newsletter;shoe size\nmember-eins;${hash};yes;44\n`,
  );

  await guide.follow();
  const client = new Client(`http://127.0.0.1:${port}`);
  for (const username of ['kc-sha512', 'fiona@example.org', 'member-eins']) {
    await client.login({ username, password: 'Hafen-Mole 27' });
  }
});
