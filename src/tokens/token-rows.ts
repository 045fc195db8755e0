import type { EntityManager } from 'typeorm';
import { runStatement } from '../database/statements.js';
import { parseMethods } from './authentication-methods.js';
import type { LiveToken } from './revocation-store.js';
import { parseRoles } from './user-facts.js';

/** A token as its row and its account's say, which is dead from a time on if a hard renewal lets it die. */
export type FoundToken = LiveToken & { readonly diesAtMs: number | null };

interface TokenRow {
  readonly jti: string;
  readonly user_id: number;
  readonly session_id: string;
  readonly username: string;
  readonly roles: string;
  readonly auth_time_seconds: string | number;
  readonly session_ends_at_seconds: string | number;
  readonly issued_at_seconds: string | number;
  readonly expires_at_seconds: string | number;
  readonly newest: boolean | number;
  readonly generation: number;
  readonly dies_at_ms: string | number | null;
  readonly replacements: number;
  readonly restart_jti: string | null;
  readonly restarted_at_seconds: string | number | null;
  readonly replaces: string | null;
  readonly presented: boolean | number;
  readonly followed: boolean | number;
  readonly amr: string | null;
}

const COLUMNS = `tokens.jti, tokens.user_id, tokens.session_id, tokens.auth_time_seconds,
  tokens.session_ends_at_seconds, tokens.issued_at_seconds, tokens.expires_at_seconds, tokens.newest,
  tokens.generation, tokens.dies_at_ms, tokens.replacements, tokens.restart_jti, tokens.restarted_at_seconds,
  tokens.replaces, tokens.presented, tokens.followed, tokens.amr`;

/**
 * Tokens whose accounts there are, each with its account's present name and roles, in one read.
 * @param condition what follows WHERE, with the columns of `tokens` and the parameters `$1` and so on
 */
export async function findTokens(
  manager: EntityManager,
  condition: string,
  parameters: readonly (string | number)[],
): Promise<FoundToken[]> {
  const rows = await runStatement<TokenRow>(
    manager,
    `SELECT ${COLUMNS}, users.username, users.roles
     FROM tokens JOIN users ON users.id = tokens.user_id
     WHERE ${condition}`,
    parameters,
  );
  return rows.map(toFoundToken);
}

function toFoundToken(row: TokenRow): FoundToken {
  return {
    jti: row.jti,
    userId: row.user_id,
    sessionId: row.session_id,
    username: row.username,
    roles: parseRoles(row.roles),
    authTimeSeconds: Number(row.auth_time_seconds),
    amr: parseMethods(row.amr ?? undefined),
    sessionEndsAtSeconds: Number(row.session_ends_at_seconds),
    issuedAtSeconds: Number(row.issued_at_seconds),
    expiresAtSeconds: Number(row.expires_at_seconds),
    newest: Boolean(row.newest),
    generation: row.generation,
    diesAtMs: row.dies_at_ms === null ? null : Number(row.dies_at_ms),
    replacements: row.replacements,
    restartJti: row.restart_jti,
    restartedAtSeconds: row.restarted_at_seconds === null ? null : Number(row.restarted_at_seconds),
    replaces: row.replaces,
    presented: Boolean(row.presented),
    followed: Boolean(row.followed),
  };
}
