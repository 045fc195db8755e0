import { X509Certificate } from 'node:crypto';
import { readTextFile, UnreadableFile } from './text-file.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Why a file has no certificates in PEM that can be trusted, without its path; undefined if it has. */
export function certificatesFault(path: string): string | undefined {
  try {
    readCertificates(path);
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableFile) return error.message;
    throw error;
  }
}

/**
 * The text of a file that has certificates in PEM, each of which can be read.
 * @throws UnreadableFile
 */
export function readCertificates(path: string): string {
  const text = readTextFile(path);
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new UnreadableFile('it has no certificate in PEM');
  if (!certificates.every(isCertificate)) throw new UnreadableFile('it has a damaged certificate');
  return text;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
