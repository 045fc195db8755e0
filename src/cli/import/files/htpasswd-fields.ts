import type { Fields } from '../fields.js';

/** A name, a colon, and a hash that begins with its kind: `$2y$`, `$apr1$`, `{SHA}`, `{BLF-CRYPT}`. */
const LINE = /^([^:,;\t"]+):((?:\$|\{[\w.-]+\})[^:]+)(:.*)?$/;

/** Whether a line is one of htpasswd, or of a Dovecot passwd-file. */
export function isHtpasswdLine(line: string): boolean {
  return LINE.test(line.trim());
}

/** The fields of such a line; what Dovecot has beyond the hash is one of its own. @throws Error if it is none */
export function readHtpasswd(line: string): Fields {
  const [, username, password_hash, others] = LINE.exec(line.trim()) ?? [];
  if (username === undefined) throw new Error('it is no name, colon and hash');
  const hasOthers = others !== undefined && /[^:]/.test(others);
  return { username, password_hash, ...(hasOthers && { other_columns: others }) };
}
