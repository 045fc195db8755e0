import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseUrlFault } from '../../src/config/database-url.js';
import { CertificateAuthority } from '../support/certificates.js';
import { codeBlockOf, replaced } from '../support/documents.js';
import { runPgBouncer } from '../support/pgbouncer.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/processes.mjs';
import { Server, temporaryDirectory } from '../support/server.js';

const GUIDE = 'docs/guides/managed-databases.md';

describe('The guide to databases as they are rented', () => {
  it('has URLs that a start takes', () => {
    const { folder } = new CertificateAuthority();
    const text = readFileSync(resolve(__dirname, '../..', GUIDE), 'utf8');
    const urls = [...text.matchAll(/`(postgres:[^`]+)`/g)].map(([, url = '']) => url);
    expect(urls.length).toBeGreaterThan(7);
    for (const url of urls) {
      const local = url.replace(/sslrootcert=[\w.-]+/, `sslrootcert=${join(folder, 'ca.pem')}`);
      expect({ url, fault: databaseUrlFault(local) }).toEqual({ url, fault: undefined });
    }
  });

  it('has a configuration with which PgBouncer leads to the database', async () => {
    const [port, folder] = [await freePort(), temporaryDirectory()];
    const { hostname, port: serverPort, pathname } = new URL(await newPostgresDatabase());
    const configuration = replaced(codeBlockOf(GUIDE, 'ini'), {
      'host=127.0.0.1 port=5432 dbname=gatehouse': `host=${hostname} port=${serverPort} dbname=${pathname.slice(1)}`,
      'listen_port = 6432': `listen_port = ${port}\nunix_socket_dir =`,
    });
    writeFileSync(join(folder, 'userlist.txt'), '"gatehouse" "secret"\n');
    const url = `postgres://gatehouse:secret@127.0.0.1:${port}/gatehouse`;
    await runPgBouncer(configuration, url, folder);
    const { client } = await Server.start({ DATABASE_URL: url });
    const account = await client.register();
    expect(await client.accepts(await client.login(account))).toBe(true);
  });
});
