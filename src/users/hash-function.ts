/** A password hash function as far as stored hashes of it are checked. They tell their own parameters. */
export interface PasswordVerifier {
  readonly id: string;

  /** Whether `hash` is one of this function. */
  isOwn(hash: string): boolean;

  /** What the hashes with the parameters of `hash` begin with, without the `$` that follows. */
  kindOf(hash: string): string;

  /** Compares in constant time. @throws where `hash` is not one of this function */
  verify(hash: string, password: string): Promise<boolean>;
}

/** One that also makes the hashes of new passwords, in PHC string format. */
export interface HashFunction extends PasswordVerifier {
  /** The identifier that its strings begin with. */
  readonly id: 'argon2id' | 'pbkdf2-sha256';

  /** How many may wait for each one that is computed, so that nobody waits more than some seconds. */
  readonly maxWaiting: number;

  /** A salted hash with the present parameters. */
  hash(password: string): Promise<string>;

  /** Whether `hash` was made with the present parameters. */
  isCurrent(hash: string): boolean;
}

/** The kind of a PHC string: all but its salt and its hash. */
export function kindOfPhc(hash: string): string {
  return hash.split('$').slice(0, -2).join('$');
}
