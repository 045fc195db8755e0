import { Injectable } from '@nestjs/common';
import { addressBlock } from '../../common/address-block.js';
import type { ClientInfo } from '../../common/client-info.js';
import { Env } from '../../config/env.js';
import { Metrics } from '../../metrics/metrics.js';
import { argon2id } from './argon2id.js';
import { argon2i } from './argon2i.js';
import {
  bcryptOfBase64HmacSha256,
  bcryptOfBase64Sha256,
  bcryptOfHexSha256,
} from './bcrypt-of-digest.js';
import { bcrypt } from './bcrypt.js';
import { FairQueue } from './fair-queue.js';
import type { HashFunction, PasswordVerifier } from './hash-function.js';
import { hashQueueLimits } from './hash-queue-limits.js';
import { pbkdf2Sha1, pbkdf2Sha256, pbkdf2Sha512 } from './pbkdf2.js';
import { firebaseScrypt, scrypt, scryptNfkc } from './scrypt.js';

const FUNCTIONS: readonly HashFunction[] = [argon2id, pbkdf2Sha256];
const VERIFIERS: readonly PasswordVerifier[] = [
  ...FUNCTIONS,
  ...[argon2i, pbkdf2Sha1, pbkdf2Sha512, scrypt, scryptNfkc, firebaseScrypt],
  ...[bcrypt, bcryptOfHexSha256, bcryptOfBase64Sha256, bcryptOfBase64HmacSha256],
];

/** For whom a hash is computed. */
export type HashClient = Pick<ClientInfo, 'address' | 'isGone'>;

/**
 * Hashes passwords: no more at once than there are cores, or worker threads to spare. A client that has to
 * wait takes turns with other addresses, and gets a 503 after 5 s.
 */
@Injectable()
export class PasswordHasher {
  private readonly preferred: HashFunction;
  private readonly queue: FairQueue;

  constructor(
    env: Env,
    private readonly metrics: Metrics,
  ) {
    this.preferred = FUNCTIONS.find(({ id }) => id === env.PASSWORD_HASH) ?? argon2id;
    this.queue = new FairQueue(hashQueueLimits(env.UV_THREADPOOL_SIZE, this.preferred.maxWaiting));
    metrics.watchHashes({
      waiting: () => this.queue.waiting,
      running: () => this.queue.running,
    });
  }

  /** @throws DomainError `overloaded` if too many wait, or the turn does not come within 5 s */
  async hash(password: string, client: HashClient): Promise<string> {
    return this.inTurn(client, () => this.hashNow(password));
  }

  /**
   * Runs what computes a hash when its turn comes.
   * @throws DomainError `overloaded` if too many wait, or the turn does not come within 5 s
   */
  async inTurn<T>({ address, isGone }: HashClient, work: () => Promise<T>): Promise<T> {
    return this.queue.run({ source: addressBlock(address), isGone }, work);
  }

  /** A hash of the preferred kind. To be called `inTurn`. */
  async hashNow(password: string): Promise<string> {
    const { id } = this.preferred;
    return this.metrics.hash(id, () => this.preferred.hash(normalise(password)));
  }

  /** Whether `encoded` is the password's hash. To be called `inTurn`. */
  async verify(encoded: string, password: string): Promise<boolean> {
    const made = verifierOf(encoded);
    return this.metrics.hash(made.id, () => made.verify(encoded, normalise(password)));
  }

  /** What the hashes that take as long as this one have in common. @throws if it is of no known function */
  kindOf(encoded: string): string {
    return verifierOf(encoded).kindOf(encoded);
  }

  /** A hash of no one's password that takes as long as this one; without one, as those of new passwords. */
  likenessOf(encoded = this.preferred.example): string {
    return verifierOf(encoded).likenessOf(encoded);
  }

  /** Whether a hash was made by another function, or with other parameters, than those in force. */
  isOutdated(encoded: string): boolean {
    return !this.preferred.isCurrent(encoded);
  }
}

function verifierOf(hash: string): PasswordVerifier {
  const verifier = VERIFIERS.find((one) => one.isOwn(hash));
  if (!verifier) throw new Error('A stored password hash is of an unknown kind');
  return verifier;
}

/** RFC 8265 §4.2 asks for NFC; apart from it a password is what was sent. */
function normalise(password: string): string {
  return password.normalize('NFC');
}
