/** The scopes of a client at the most, so that its tokens fit into a header. */
const MAX_SCOPES = 64;
const MAX_LENGTH_TOGETHER = 1024;

/** A scope-token of RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * The scopes of a text of RFC 6749 §3.3, each once: printable ASCII but quotes and backslashes, with single spaces
 * between.
 * @returns undefined if the text has not that form
 */
export function parseScopes(text: string): string[] | undefined {
  const scopes = text.split(' ');
  return scopes.every((scope) => SCOPE.test(scope)) ? [...new Set(scopes)] : undefined;
}

/** Scopes as tokens, records and answers have them. */
export function joinScopes(scopes: readonly string[]): string {
  return scopes.join(' ');
}

/** The reverse of `joinScopes`. */
export function splitScopes(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

/** What keeps a client from being given these scopes; undefined if it may have them. */
export function scopesFault(scopes: readonly string[]): string | undefined {
  const wrong = scopes.find((scope) => !SCOPE.test(scope));
  if (wrong !== undefined) {
    return 'must be printable ASCII without spaces, quotes and backslashes';
  }
  if (scopes.length > MAX_SCOPES) return `must be at most ${MAX_SCOPES}`;
  return joinScopes(scopes).length > MAX_LENGTH_TOGETHER
    ? `must have at most ${MAX_LENGTH_TOGETHER} characters together`
    : undefined;
}
