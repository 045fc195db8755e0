import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../scripts/test-tools.mjs';
import { temporaryDirectory } from './server.js';

/** An authority of the test file's own, and what it has signed for 127.0.0.1. */
export interface Certificates {
  /** The file of the authority's certificate. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes them with openssl, for an hour. */
export function newCertificates(): Certificates {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const openssl = (...args: string[]) =>
    execFileSync(findProgram('openssl') ?? 'openssl', args, { cwd: directory, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=Test CA');
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
  writeFileSync(join(directory, 'extensions'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
  openssl(
    ...['x509', '-req', '-in', 'server.csr', ...signing],
    ...['-extfile', 'extensions', '-out', 'server.crt'],
  );
  chmodSync(join(directory, 'server.key'), 0o644);
  return {
    ca: join(directory, 'ca.crt'),
    certificate: join(directory, 'server.crt'),
    key: join(directory, 'server.key'),
  };
}
