import { randomBytes } from 'node:crypto';

/** A password hash function as far as stored hashes of it are checked. They tell their own parameters. */
export interface PasswordVerifier {
  readonly id: string;

  /** Whether `hash` is one of this function. */
  isOwn(hash: string): boolean;

  /** What the hashes that take as long as `hash` have in common. */
  kindOf(hash: string): string;

  /** A hash of no one's password, which takes as long to verify as `hash`. */
  likenessOf(hash: string): string;

  /** Compares in constant time. @throws if `hash` is not one of this function */
  verify(hash: string, password: string): Promise<boolean>;
}

/** One that also makes the hashes of new passwords, in PHC string format. */
export interface HashFunction extends PasswordVerifier {
  /** The identifier that its strings begin with. */
  readonly id: 'argon2id' | 'pbkdf2-sha256';

  /** How many of one client may wait for each one that is computed, so that it hears of it soon. */
  readonly maxWaiting: number;

  /** A hash with the present parameters. */
  readonly example: string;

  /** A salted hash with the present parameters. */
  hash(password: string): Promise<string>;

  /** Whether `hash` was made with the present parameters. */
  isCurrent(hash: string): boolean;
}

/** The kind of a PHC string: its parameters and how many characters its hash has, which may cost too. */
export function kindOfPhc(hash: string): string {
  const parts = hash.split('$');
  return `${parts.slice(0, -2).join('$')}$${parts.at(-1)?.length ?? 0}`;
}

/** A PHC string with another salt and another hash of the same lengths. */
export function likenessOfPhc(hash: string): string {
  const parts = hash.split('$');
  return [...parts.slice(0, -2), ...parts.slice(-2).map(otherBytes)].join('$');
}

/** Random bytes in base64 without padding, as many as `text` has. */
function otherBytes(text: string): string {
  const { length } = Buffer.from(text, 'base64');
  return randomBytes(length).toString('base64').replaceAll('=', '');
}
