import { codePointLength } from '../common/code-points.js';
import { isClientId } from './client-credentials.js';

const MAX_LENGTH = 64;

/** Letters, digits, marks, punctuation and symbols, with single spaces between: nothing that is not seen. */
const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+(?: [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u;

/** What keeps a client from having this name; undefined if it may. */
export function clientNameFault(name: string): string | undefined {
  if (codePointLength(name) > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  if (!name.isWellFormed() || !VISIBLE.test(name)) {
    return 'must be 1 or more visible characters, with single spaces between them';
  }
  return isClientId(name) ? 'must not look like a client_id' : undefined;
}
