import { GatehouseUnavailable } from './unavailable.js';

/** What introspection says of a live token (RFC 7662 §2.2). Members that a token has not are absent. */
export interface Answer {
  readonly active: true;
  readonly token_type?: string;
  readonly iss?: string;
  readonly aud?: string;
  /** The user's id, or the client's for a token of its own. */
  readonly sub?: string;
  readonly client_id?: string;
  readonly username?: string;
  /** Of a client's token, separated by spaces. */
  readonly scope?: string;
  /** Of a person's token. */
  readonly roles?: readonly string[];
  readonly jti?: string;
  readonly iat?: number;
  readonly exp?: number;
  /** What was left of the token's life when the question was answered. */
  readonly lifetime_ms?: number;
  readonly auth_time?: number;
  /** How a person's session was proved (RFC 8176): `mfa` is in it if that took more than a password. */
  readonly amr?: readonly string[];
  /** The session, or the name under which Gatehouse tells that the token's answers no longer hold. */
  readonly sid?: string;
  /** A token that works once: only Gatehouse's own `/auth/verify` protects from its replay. */
  readonly single_use?: boolean;
}

/** An answer that may be kept, because it says for how long and under which name it is revoked. */
export type KeepableAnswer = Answer & { readonly sid: string; readonly lifetime_ms: number };

/**
 * Reads the body of introspection's answer.
 * @returns undefined if the token is not active
 * @throws GatehouseUnavailable if it is no such answer: that must not pass for a refusal
 */
export function answerIn(body: string): Answer | undefined {
  const answer = objectIn(body);
  if (answer?.['active'] === true) return answer as unknown as Answer;
  if (answer?.['active'] === false) return undefined;
  throw new GatehouseUnavailable('The answer is not one of introspection: is `issuer` Gatehouse?');
}

export function isKeepable(answer: Answer | undefined): answer is KeepableAnswer {
  return (
    answer !== undefined &&
    answer.single_use !== true &&
    typeof answer.sid === 'string' &&
    typeof answer.lifetime_ms === 'number'
  );
}

/** The JSON object in a text; undefined if it has none. */
export function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
