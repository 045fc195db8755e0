import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startThree } from '../support/instances.js';
import { freePort } from '../support/processes.mjs';
import { temporaryDirectory, type Server } from '../support/server.js';

const SHIPPED = readFileSync(resolve(__dirname, '../../deploy/nginx/nginx.conf'), 'utf8');

/** The shipped configuration with local instances, a port of its own, and its files in one folder. */
function localConfiguration(instances: Server[], port: number): string {
  const servers = instances.map(
    ({ url }) => `server ${url.replace('http://', '')} max_fails=1 fail_timeout=2s;`,
  );
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const folders = kinds.map((kind) => `${kind}_temp_path temporary;`);
  return SHIPPED.replace(/server api:3000 [^;]*;/, servers.join('\n'))
    .replace('listen 8080', `listen 127.0.0.1:${port}`)
    .replace('http {', `http {\naccess_log off;\n${folders.join('\n')}`);
}

/** The status of an answer to a path that fetch would make tidy first. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((settle, reject) => {
    request({ port, path, host: '127.0.0.1' }, (answer) => {
      answer.resume().on('end', () => settle(answer.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

describe('Three instances behind nginx, as deploy/nginx ships it', () => {
  let instances: Server[];
  let nginx: ChildProcess;
  let client: Client;
  let port: number;

  beforeAll(async () => {
    instances = await startThree();
    port = await freePort();
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'temporary'));
    writeFileSync(join(folder, 'nginx.conf'), localConfiguration(instances, port));
    const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'];
    const globals = ['-g', 'daemon off; pid nginx.pid;'];
    execFileSync('nginx', [...args, '-t', '-g', 'pid nginx.pid;'], { stdio: 'pipe' });
    nginx = spawn('nginx', [...args, ...globals], { stdio: 'ignore' });
    client = new Client(`http://127.0.0.1:${port}`);
    await eventually(async () => {
      expect((await client.get('/health/ready')).status).toBe(200);
    }, 10_000);
  });

  afterAll(async () => {
    nginx.kill('SIGTERM');
    await once(nginx, 'exit');
  });

  it('serve as one', async () => {
    const { token } = await client.newSession();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => client.get('/user', { bearer: token })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect((await client.post('/logout', { bearer: token })).status).toBe(200);
    for (let count = 0; count < 6; count += 1) expect(await client.accepts(token)).toBe(false);
  });

  it('keep their metrics to themselves', async () => {
    expect((await instances[0]?.client.get('/metrics'))?.status).toBe(200);
    for (const path of [
      '/metrics',
      '/metrics?a=b',
      '//metrics',
      '/%6detrics',
      '/user/../metrics',
    ]) {
      expect([path, await statusOf(port, path)]).toEqual([path, 404]);
    }
  });

  it('go on serving when one of them ends', async () => {
    const { token } = await client.newSession();
    await instances[1]?.stop();
    for (let count = 0; count < 12; count += 1) expect(await client.accepts(token)).toBe(true);
  });
});
