import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { DomainError } from '../common/errors.js';
import { Env } from '../config/env.js';
import { Metrics } from '../metrics/metrics.js';
import { argon2id } from './argon2id.js';
import { bcrypt } from './bcrypt.js';
import type { HashFunction, PasswordVerifier } from './hash-function.js';
import { pbkdf2Sha256 } from './pbkdf2.js';

const FUNCTIONS: readonly HashFunction[] = [argon2id, pbkdf2Sha256];
const VERIFIERS: readonly PasswordVerifier[] = [...FUNCTIONS, bcrypt];

/** Worker threads left to the database, the file system and name look-ups while hashes are computed. */
const THREADS_FOR_OTHERS = 2;

/**
 * Hashes passwords: no more at once than there are cores, or worker threads to spare, and no more
 * waiting than a person would wait for. Beyond that a client hears 503 at once.
 */
@Injectable()
export class PasswordHasher {
  private readonly preferred: HashFunction;
  private readonly limit: ReturnType<typeof pLimit>;
  private readonly maxWaiting: number;
  /** The hash of nobody's password, ready before the first log-in needs it. */
  private readonly dummy: Promise<string>;

  constructor(
    env: Env,
    private readonly metrics: Metrics,
  ) {
    this.preferred = FUNCTIONS.find(({ id }) => id === env.PASSWORD_HASH) ?? argon2id;
    const threads = Math.max(1, env.UV_THREADPOOL_SIZE - THREADS_FOR_OTHERS);
    const concurrency = Math.min(availableParallelism(), threads);
    this.limit = pLimit(concurrency);
    this.maxWaiting = concurrency * this.preferred.maxWaiting;
    metrics.watchHashes({
      waiting: () => this.limit.pendingCount,
      running: () => this.limit.activeCount,
    });
    this.dummy = this.preferred.hash(randomBytes(16).toString('base64'));
  }

  /** @throws DomainError `overloaded` when too many wait already */
  async hash(password: string): Promise<string> {
    const { id } = this.preferred;
    return this.inTurn(() => this.metrics.hash(id, () => this.preferred.hash(normalise(password))));
  }

  /**
   * Runs what computes a hash when its turn comes.
   * @throws DomainError `overloaded` when too many wait already
   */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.maxWaiting) throw new DomainError('overloaded');
    return this.limit(work);
  }

  /**
   * Whether `encoded` is the password's hash; where there is none, false at the cost of one. To be
   * called `inTurn`.
   */
  async verify(encoded: string | undefined, password: string): Promise<boolean> {
    const hash = encoded ?? (await this.dummy);
    const made = verifierOf(hash);
    const matches = await this.metrics.hash(made.id, () => made.verify(hash, normalise(password)));
    return matches && encoded !== undefined;
  }

  /** What the hashes of one function and its parameters begin with; without one, that of new hashes. */
  async kindOf(encoded?: string): Promise<string> {
    const hash = encoded ?? (await this.dummy);
    return verifierOf(hash).kindOf(hash);
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
