import { X509Certificate } from 'node:crypto';
import { readTextFile, UnreadableFile } from './text-file.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Why a file has no certificates in PEM that can be trusted, without its path; undefined if it has. */
export function certificatesFault(path: string): string | undefined {
  try {
    const certificates = readTextFile(path).match(CERTIFICATE) ?? [];
    if (certificates.length === 0) return 'it has no certificate in PEM';
    for (const certificate of certificates) new X509Certificate(certificate);
    return undefined;
  } catch (error) {
    return error instanceof UnreadableFile ? error.message : 'it has a damaged certificate';
  }
}
