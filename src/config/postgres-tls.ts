import { createSecureContext } from 'node:tls';
import { readCertificates } from './certificates.js';
import { readTextFile, UnreadableFile } from './text-file.js';
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
  return usable('sslrootcert', () => readCertificates(file));
}

function ownCertificate(parameters: ReadonlyMap<string, string>): PostgresTls['own'] {
  const [certFile, keyFile] = [parameters.get('sslcert'), parameters.get('sslkey')];
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new UrlFault('must have both or none of sslcert and sslkey');
  }
  const own = {
    cert: usable('sslcert', () => readTextFile(certFile)),
    key: usable('sslkey', () => readTextFile(keyFile)),
  };
  try {
    createSecureContext(own);
  } catch {
    throw new UrlFault('names files as sslcert and sslkey that are no certificate with its key');
  }
  return own;
}

function usable(parameter: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new UrlFault(`names a file as ${parameter} that cannot be used: ${error.message}`);
  }
}
