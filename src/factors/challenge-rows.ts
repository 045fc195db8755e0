import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { sha256 } from '../common/sha256.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';

/** Seconds in which a log-in has to be finished. */
export const CHALLENGE_SECONDS = 300;

const MAX_WRONG_CODES = 5;

const BYTES = 32;

/** Of what account a live challenge is, as that is now. */
export interface Challenged {
  readonly userId: number;
  readonly username: string;
  readonly credentialVersion: number;
  /** How many active factors it has. */
  readonly factors: number;
}

/** Whether a text can be a challenge. */
export function isChallenge(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** What is kept of a challenge. */
export function challengeHash(challenge: string): string {
  return sha256(challenge);
}

/**
 * The rows of log-ins whose password was right, and whose second factor is to come. What takes an `EntityManager` is a
 * step of a transaction beside which no other one of the user's runs.
 */
@Injectable()
export class ChallengeRows {
  constructor(private readonly database: Database) {}

  /**
   * Begins one.
   * @param account as it was when the password was proved
   * @returns the challenge, which is told this once
   * @throws DomainError `service-unavailable`
   */
  async begin(account: { id: number; credentialVersion: number }): Promise<string> {
    const { id: userId, credentialVersion } = account;
    const challenge = randomBytes(BYTES).toString('base64url');
    const expiresAtMs = Date.now() + CHALLENGE_SECONDS * 1000;
    await this.database.writeFor(userId, async (manager) => {
      // None of them takes the place of another: somebody else who knows the password could then void the owner's. Each
      // costs the hash of a password, and lives for minutes. Not for an account that was deleted meanwhile.
      await runStatement(
        manager,
        `INSERT INTO challenges (hash, user_id, credential_version, expires_at_ms)
         SELECT $1, id, $2, $3 FROM users WHERE id = $4`,
        [challengeHash(challenge), credentialVersion, expiresAtMs, userId],
      );
    });
    return challenge;
  }

  /** Whose challenge this is, if it can be answered. @throws DomainError `service-unavailable` */
  async find(hash: string): Promise<Challenged | undefined> {
    return this.database.read((manager) => this.live(manager, hash));
  }

  /** The same, in a transaction. */
  async live(manager: EntityManager, hash: string): Promise<Challenged | undefined> {
    const [row] = await runStatement<Challenged>(
      manager,
      `SELECT users.id AS "userId", username, users.credential_version AS "credentialVersion", factors
       FROM challenges JOIN users ON users.id = challenges.user_id
       WHERE hash = $1 AND expires_at_ms > $2 AND wrong_codes < $3 AND disabled_at_ms IS NULL
         AND users.credential_version = challenges.credential_version`,
      [hash, Date.now(), MAX_WRONG_CODES],
    );
    return row;
  }

  async countWrong(manager: EntityManager, hash: string): Promise<void> {
    await runStatement(
      manager,
      'UPDATE challenges SET wrong_codes = wrong_codes + 1 WHERE hash = $1',
      [hash],
    );
  }

  /** Uses one up. @returns whether it was there */
  async use(manager: EntityManager, hash: string): Promise<boolean> {
    const used = await runStatement(
      manager,
      `WITH own AS (SELECT hash FROM challenges WHERE hash = $1)
       DELETE FROM challenges WHERE hash IN (SELECT hash FROM own) RETURNING hash`,
      [hash],
    );
    return used.length === 1;
  }

  /** Voids all of an account: its factors have changed. */
  async removeAll(manager: EntityManager, userId: number): Promise<void> {
    await runStatement(manager, 'DELETE FROM challenges WHERE user_id = $1', [userId]);
  }

  /** Removes some of those that have expired. @returns how many were removed */
  async forgetExpired(limit: number): Promise<number> {
    const removed = await this.database.write((manager) =>
      runStatement(
        manager,
        `WITH old AS (
           SELECT hash FROM challenges WHERE expires_at_ms < $1 ORDER BY expires_at_ms LIMIT $2
         )
         DELETE FROM challenges WHERE hash IN (SELECT hash FROM old) RETURNING hash`,
        [Date.now(), limit],
      ),
    );
    return removed.length;
  }
}
