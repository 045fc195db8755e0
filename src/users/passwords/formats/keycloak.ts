import { fromBase64, unpadded } from './encodings.js';
import { storedArgon2, storedPbkdf2, type ImportedHash, type Pbkdf2Digest } from './stored-form.js';

/** What a credential of type `password` says in its `credentialData` and `secretData`, after JSON is read. */
export interface KeycloakPassword {
  /** Such as `pbkdf2-sha512` or `argon2`. */
  readonly algorithm: string;
  readonly hashIterations: number;
  /** Of `credentialData`: each value is a text, or a list with one. */
  readonly additionalParameters?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The hash in base64. */
  readonly value: string;
  /** The salt in base64. */
  readonly salt: string;
}

const DIGESTS: ReadonlyMap<string, Pbkdf2Digest> = new Map([
  ['pbkdf2', 'sha1'],
  ['pbkdf2-sha256', 'sha256'],
  ['pbkdf2-sha512', 'sha512'],
]);

/**
 * The stored form of a password of Keycloak: PBKDF2 with SHA-1, SHA-256 or SHA-512, Argon2id or Argon2i.
 * Anything else, as providers of one's own may write, is refused.
 */
export function fromKeycloak(password: KeycloakPassword): ImportedHash {
  const { algorithm, hashIterations, value, salt } = password;
  const digest = DIGESTS.get(algorithm);
  if (digest) return storedPbkdf2(digest, hashIterations, fromBase64(salt), fromBase64(value));
  if (algorithm === 'argon2') return argon2(password);
  return {
    refusal:
      'is of an algorithm that Keycloak itself does not have: ' +
      'create the account with a new password (gatehouse users create)',
  };
}

function argon2({ additionalParameters, hashIterations, value, salt }: KeycloakPassword) {
  const parameter = (name: string) => [additionalParameters?.[name] ?? []].flat()[0];
  if (parameter('version') !== '1.3') return { refusal: 'is of Argon2 before version 1.3' };
  const cost = `m=${parameter('memory')},t=${hashIterations},p=${parameter('parallelism')}`;
  const [saltText, hashText] = [salt, value].map(unpadded);
  return storedArgon2(`$argon2${parameter('type')}$v=19$${cost}$${saltText}$${hashText}`);
}
