/** A password hash function whose hashes tell their own parameters (PHC string format). */
export interface HashFunction {
  /** The identifier that its strings begin with. */
  readonly id: 'argon2id' | 'pbkdf2-sha256';

  /** How many may wait for each one that is computed, so that nobody waits more than some seconds. */
  readonly maxWaiting: number;

  /** A salted hash with the present parameters. */
  hash(password: string): Promise<string>;

  /** Compares in constant time. @throws where `hash` is not one of this function */
  verify(hash: string, password: string): Promise<boolean>;

  /** Whether `hash` was made with the present parameters. */
  isCurrent(hash: string): boolean;
}
