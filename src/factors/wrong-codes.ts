import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { runStatement } from '../database/statements.js';

const WINDOW_MS = 3600_000;
const MAX_IN_WINDOW = 10;
const MAX_SINCE_LOGIN = 100;

interface WrongCodesRow {
  readonly since_login: number;
  readonly in_window: number;
  readonly window_began_at_ms: string | number;
}

/**
 * Limits the guessing of one-time codes (NIST SP 800-63B-4 §3.2.2): of 1,000,000 codes three are right at each time.
 * Each method is a step of a transaction beside which no other one of the user's runs, in which the code is compared
 * too: however many guesses come at once, none is compared beyond the limit.
 */
@Injectable()
export class WrongCodes {
  /** How long, in ms, until the account may try one-time codes again; 0 if it may. */
  async excessMs(manager: EntityManager, userId: number): Promise<number> {
    const [row] = await runStatement<WrongCodesRow>(
      manager,
      'SELECT since_login, in_window, window_began_at_ms FROM wrong_codes WHERE user_id = $1',
      [userId],
    );
    if (!row) return 0;
    // Not before a log-in with a recovery code; there is no time to name.
    if (row.since_login >= MAX_SINCE_LOGIN) return WINDOW_MS;
    const leftMs = Number(row.window_began_at_ms) + WINDOW_MS - Date.now();
    return row.in_window >= MAX_IN_WINDOW ? Math.max(0, leftMs) : 0;
  }

  /** Counts a wrong one; not for an account that was deleted meanwhile. */
  async count(manager: EntityManager, userId: number): Promise<void> {
    const nowMs = Date.now();
    await runStatement(
      manager,
      `INSERT INTO wrong_codes (user_id, since_login, in_window, window_began_at_ms)
       SELECT id, 1, 1, $1 FROM users WHERE id = $2
       ON CONFLICT (user_id) DO UPDATE SET
         since_login = wrong_codes.since_login + 1,
         in_window = CASE WHEN wrong_codes.window_began_at_ms > $3
           THEN wrong_codes.in_window + 1 ELSE 1 END,
         window_began_at_ms = CASE WHEN wrong_codes.window_began_at_ms > $3
           THEN wrong_codes.window_began_at_ms ELSE excluded.window_began_at_ms END`,
      [nowMs, userId, nowMs - WINDOW_MS],
    );
  }

  /** A log-in was completed. Those of this hour stay: who knows the password may be guessing beside the owner. */
  async noteLogIn(manager: EntityManager, userId: number): Promise<void> {
    await runStatement(
      manager,
      'UPDATE wrong_codes SET since_login = 0 WHERE user_id = $1 AND since_login > 0',
      [userId],
    );
  }

  /** The account has no active factor whose code could be guessed. */
  async forget(manager: EntityManager, userId: number): Promise<void> {
    await runStatement(manager, 'DELETE FROM wrong_codes WHERE user_id = $1', [userId]);
  }
}
