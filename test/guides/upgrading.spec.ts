import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../support/client.js';
import { replaced } from '../support/documents.js';
import { Guide } from '../support/guide.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/processes.mjs';
import { startNginx } from '../support/programs.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server } from '../support/server.js';
import { TEST_KEY } from '../support/tokens.js';

const NGINX = readFileSync(resolve(__dirname, '../../deploy/nginx/nginx.conf'), 'utf8');
const CLIENTS = 4;

it('Instances behind nginx restart one after the other, and no reader hears of it', async () => {
  const [one, other, front] = [await freePort(), await freePort(), await freePort()];
  const guide = new Guide('docs/guides/upgrading.md', {
    section: 'Without a pause',
    replacements: { '3001 3002': `${one} ${other}` },
    variables: {
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: newRedisDatabase(),
      JWT_KEY: TEST_KEY,
      PUBLIC_URL: 'http://gatehouse.test',
      TRUST_PROXY: '127.0.0.1',
    },
  });
  await guide.prepare(`PORT=${one} npm start\nPORT=${other} npm start`);
  const configuration = replaced(NGINX, {
    'server api:3000 max_fails=1 fail_timeout=2s;': [one, other]
      .map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;`)
      .join(' '),
    'listen 8080': `listen 127.0.0.1:${front}`,
  });
  await startNginx(configuration, front);
  const client = new Client(`http://127.0.0.1:${front}`);
  const { token } = await client.newSession();

  const statuses: number[] = [];
  const restarts = { areOver: false };
  const readers = Array.from({ length: CLIENTS }, async () => {
    while (!restarts.areOver) {
      statuses.push((await client.get('/user', { bearer: token })).status);
      await sleep(5);
    }
  });
  await guide.follow().finally(() => (restarts.areOver = true));
  await Promise.all(readers);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const log = readFileSync(join(guide.folder, 'service.log'), 'utf8');
  expect(log.match(/Listening on/g)).toHaveLength(4);
}, 120_000);

it('An older version runs on a database to which a newer one has added', async () => {
  const DATABASE_URL = await newPostgresDatabase();
  const server = await Server.start({ DATABASE_URL });
  const account = await server.client.newSession();
  await server.stop();
  const newer = await connectToPostgres(DATABASE_URL);
  await newer.query("INSERT INTO migrations (timestamp, name) VALUES (4000000000000, 'Later4')");
  await newer.query("ALTER TABLE users ADD COLUMN later TEXT NOT NULL DEFAULT ''");
  await newer.query('CREATE TABLE later (id INTEGER)');
  const { client } = await server.restart();
  expect(await client.accepts(account.token)).toBe(true);
  await client.newSession();
});
