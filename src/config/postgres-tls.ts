import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { UrlFault } from './url-fault.js';

/** How a server proves who it is, and this service if it has to. */
export interface PostgresTls {
  /** The authorities that may vouch for the server, as PEM; undefined: those that Node trusts. */
  readonly ca: string | undefined;
  /** Whether the certificate must be for the host that was named. */
  readonly verifiesHost: boolean;
  /** The service's own certificate with its key, as PEM. */
  readonly own: { readonly cert: string; readonly key: string } | undefined;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What `sslmode` and its companions ask for (PostgreSQL documentation, 34.19), but that `require` verifies
 * like `verify-full`: who encrypts for an unknown server may as well not encrypt.
 * @returns undefined if there is to be no TLS
 * @throws UrlFault
 */
export function postgresTls(parameters: ReadonlyMap<string, string>): PostgresTls | undefined {
  const mode = parameters.get('sslmode') ?? 'disable';
  if (!/^(disable|require|verify-ca|verify-full)$/.test(mode)) {
    throw new UrlFault('must have sslmode disable, require, verify-ca or verify-full');
  }
  if (mode === 'disable') {
    const idle = ['sslrootcert', 'sslcert', 'sslkey'].find((name) => parameters.has(name));
    if (idle) throw new UrlFault(`needs sslmode for ${idle}, such as sslmode=verify-full`);
    return undefined;
  }
  const verifiesHost = mode !== 'verify-ca';
  const ca = authorities(parameters.get('sslrootcert') ?? 'system');
  if (!verifiesHost && ca === undefined) {
    throw new UrlFault('needs the file of the CA as sslrootcert for sslmode=verify-ca');
  }
  return { ca, verifiesHost, own: ownCertificate(parameters) };
}

function authorities(file: string): string | undefined {
  if (file === 'system') return undefined;
  const text = read('sslrootcert', file);
  const certificates = text.match(CERTIFICATE);
  if (!certificates?.every(isCertificate)) {
    throw new UrlFault('names a file as sslrootcert that has no certificates in PEM');
  }
  return text;
}

function ownCertificate(parameters: ReadonlyMap<string, string>): PostgresTls['own'] {
  const [certFile, keyFile] = [parameters.get('sslcert'), parameters.get('sslkey')];
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new UrlFault('must have both or none of sslcert and sslkey');
  }
  const own = { cert: read('sslcert', certFile), key: read('sslkey', keyFile) };
  try {
    createSecureContext(own);
  } catch {
    throw new UrlFault('names files as sslcert and sslkey that are no certificate with its key');
  }
  return own;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function read(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UrlFault(`names a file as ${parameter} that cannot be read: ${code ?? 'unknown'}`);
  }
}
