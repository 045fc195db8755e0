import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './server.js';

/** A CA of the test file's own, and the folder where it puts certificates as `NAME.pem` and `NAME.key`. */
export class CertificateAuthority {
  readonly folder = temporaryDirectory();
  /** The file of its own certificate. */
  readonly file: string;

  constructor(private readonly name = 'Test CA') {
    this.file = join(this.folder, 'ca.pem');
    this.openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', `/CN=${this.name}`, '-keyout', 'ca.key', '-out', 'ca.pem'],
    );
  }

  /** Certifies a server by its host, or a client by its name; `alternatives` are as openssl writes them. */
  issue(name: string, alternatives = `DNS:${name}`): { cert: string; key: string } {
    writeFileSync(join(this.folder, `${name}.ext`), `subjectAltName=${alternatives}\n`);
    this.openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`],
    );
    this.openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '2'],
      ...['-CAcreateserial', '-extfile', `${name}.ext`, '-out', `${name}.pem`],
    );
    return { cert: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) };
  }

  private openssl(...words: string[]): void {
    execFileSync('openssl', words, { cwd: this.folder, stdio: 'ignore' });
  }
}
