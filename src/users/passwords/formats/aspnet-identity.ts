import { fromBase64 } from './encodings.js';
import { storedPbkdf2, type HashFormat, type Pbkdf2Digest } from './stored-form.js';

const BASE64 = /^A[\w+/]{50,300}={0,2}$/;

/** The numbers by which `KeyDerivationPrf` is written. */
const DIGESTS: readonly Pbkdf2Digest[] = ['sha1', 'sha256', 'sha512'];

const V2 = { marker: 0, iterations: 1000, saltBytes: 16, hashBytes: 32 };
const V3 = { marker: 1, headerBytes: 13 };

/** What ASP.NET Core Identity's `PasswordHasher` writes, in base64: versions 2 and 3. */
export const aspNetIdentity: HashFormat = (text) => {
  const bytes = BASE64.test(text) ? fromBase64(text) : undefined;
  if (bytes?.[0] === V3.marker) return version3(bytes);
  const isV2 = bytes?.[0] === V2.marker && bytes.length === 1 + V2.saltBytes + V2.hashBytes;
  return isV2 ? version2(bytes) : undefined;
};

/** A byte of version, the salt, the hash. */
function version2(bytes: Buffer) {
  const hashBegins = 1 + V2.saltBytes;
  return storedPbkdf2(
    'sha1',
    V2.iterations,
    bytes.subarray(1, hashBegins),
    bytes.subarray(hashBegins),
  );
}

/** A byte of version; the digest, the iterations and the salt's length in four bytes each; the salt, the hash. */
function version3(bytes: Buffer) {
  const [digest, iterations, saltBytes] = [1, 5, 9].map((offset) => bytes.readUInt32BE(offset));
  const name = DIGESTS[digest ?? 0];
  if (!name) return undefined;
  const hashBegins = V3.headerBytes + (saltBytes ?? 0);
  const salt = bytes.subarray(V3.headerBytes, hashBegins);
  return storedPbkdf2(name, iterations ?? 0, salt, bytes.subarray(hashBegins));
}
