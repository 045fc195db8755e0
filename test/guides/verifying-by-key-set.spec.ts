import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeBlockOf } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/processes.mjs';
import { Server, temporaryDirectory } from '../support/server.js';

const ROOT = resolve(__dirname, '../..');
const GUIDE = 'docs/guides/verifying-by-key-set.md';

it("The guide's API knows the caller by the key set, and does not see a log-out", async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const SIGNING_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const server = await Server.start({ SIGNING_KEY });
  const api = await startApi(server.url);

  const { token, id } = await server.client.newSession();
  const ask = () => fetch(`${api.url}/whoami`, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await ask()).json()).toEqual({
    sub: String(id),
    client_id: 'gatehouse',
    roles: [],
  });
  expect((await fetch(`${api.url}/whoami`)).status).toBe(401);

  await server.client.post('/logout', { bearer: token });
  expect(await server.client.accepts(token)).toBe(false);
  expect((await ask()).status).toBe(200);
  await api.stop();
});

/** Runs the guide's program, with the packages that it names. */
async function startApi(issuer: string) {
  execFileSync('node', ['scripts/relying-programs.mjs'], { cwd: ROOT });
  const block = codeBlockOf(GUIDE, 'js');
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'api.mjs'), block);
  symlinkSync(join(ROOT, 'test/relying-programs/node_modules'), join(folder, 'node_modules'));
  const port = await freePort();
  const child = spawn(process.execPath, ['api.mjs'], {
    cwd: folder,
    env: { PATH: process.env.PATH, ISSUER: issuer, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => fetch(url), 30_000);
  const stop = async () => {
    child.kill();
    await once(child, 'exit');
  };
  return { url, stop };
}
