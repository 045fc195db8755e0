import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Guide } from '../support/guide.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/processes.mjs';
import { startNginx } from '../support/programs.js';
import { newRedisDatabase } from '../support/redis.js';

const RELOAD = 'nginx -t && systemctl reload nginx';
const BLOCKS_BEFORE_NGINX_RUNS = 6;

it('Behind nginx two instances serve as one, with TLS', async () => {
  const [one, other, tls] = [await freePort(), await freePort(), await freePort()];
  const guide = new Guide('docs/guides/behind-nginx.md', {
    replacements: {
      '/etc/nginx': 'nginx',
      'listen 443': `listen 127.0.0.1:${tls}`,
      '127.0.0.1:443': `127.0.0.1:${tls}`,
      '127.0.0.1:3001': `127.0.0.1:${one}`,
      '127.0.0.1:3002': `127.0.0.1:${other}`,
      'PORT=3001': `PORT=${one}`,
      'PORT=3002': `PORT=${other}`,
      'postgres://gatehouse:PASSWORD@127.0.0.1:5432/gatehouse': await newPostgresDatabase(),
      'redis://127.0.0.1:6379': newRedisDatabase(),
      [RELOAD]: ':',
    },
  });
  const folder = join(guide.folder, 'nginx');
  mkdirSync(folder);
  await guide.follow(BLOCKS_BEFORE_NGINX_RUNS);
  await startNginx(readFileSync(join(folder, 'nginx.conf'), 'utf8'), tls, folder);
  await guide.follow();
  const log = readFileSync(join(guide.folder, 'service.log'), 'utf8');
  expect(log.match(/Listening on https:\/\/auth\.example\.com/g)).toHaveLength(2);
  expect(log).not.toContain('TRUST_PROXY does not name');
});
