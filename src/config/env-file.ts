/** `export` as in a shell, a name, and what is behind `=`. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=(.*)$/;

const BLANK = /^[ \t]*(?:#.*)?$/;

/** A value in quotes, and a comment behind it. */
const QUOTED = /^[ \t]*(?:'([^']*)'|"([^"]*)")(?:[ \t]+#.*|[ \t]*)$/;

const ADVICE = 'put the value in single quotes';

/** The one value that may have several lines: a key in quotes, as it is in its file (RFC 7468). */
const KEY_BEGINS = /^[ \t]*['"]-----BEGIN /;
const KEY_ENDS = /-----END |['"]/;
const KEY =
  /^[ \t]*(['"])(-----BEGIN [A-Z0-9 ]+-----\n(?:[A-Za-z0-9+/=]+\n)+-----END [A-Z0-9 ]+-----)\n?\1[ \t]*$/;

/** What shells, Docker, Compose and Node do not all read in the same way, or an editor put in. */
type Doubts = [doubt: RegExp, fault: string][];

const ANYWHERE: Doubts = [[/\p{Cc}/u, 'has a control character']];

const OUTSIDE_SINGLE_QUOTES: Doubts = [
  ...ANYWHERE,
  [/[$\\`]/, `has $, \\ or a backtick outside single quotes: ${ADVICE}`],
];

const OUTSIDE_QUOTES: Doubts = [
  ...OUTSIDE_SINGLE_QUOTES,
  [/^['"]/, 'does not end with the quote that it begins with, on the same line'],
  [/^[“”„‘’‚«»]/, `begins with a quotation mark of printed text: ${ADVICE}`],
  [/['"#]/, `has a quote or a # outside quotes: ${ADVICE}`],
  [/\s[A-Za-z_]\w*=|;$/, `has more behind it on its line: ${ADVICE}`],
  [/^\s|\s$/, 'begins or ends with white space that is no space'],
];

/**
 * Reads a `.env` file: lines of `NAME=VALUE`, perhaps with `export`, quotes, comments, and the line breaks of
 * any system. What shells, Docker, Compose and Node would not all read in the same way is a fault that names
 * the variable or the line, and never a value. A key in PEM may have its lines between quotes. The last of several lines for a name counts.
 *
 * Not by `util.parseEnv`: it makes names of lines that have none, ends a value without quotes at any #,
 * and its answers differ between versions of Node.
 */
export function parseEnvFile(text: string): { values: Record<string, string>; faults: string[] } {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (BLANK.test(line)) continue;
    const place = `line ${index + 1} of the file .env`;
    const [, name, rest = ''] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined) {
      faults.push(`In ${place} there is neither NAME=VALUE nor a # comment`);
      continue;
    }
    if (KEY_BEGINS.test(rest)) {
      const { key, length } = keyIn([rest, ...lines.slice(index + 1)]);
      if (key !== undefined) values[name] = key;
      else faults.push(`${name} in ${place} is no key in quotes, with the lines that its file has`);
      index += length - 1;
      continue;
    }
    const { value, doubts } = valueOf(rest);
    const fault = doubts.find(([doubt]) => doubt.test(value))?.[1];
    if (fault === undefined) values[name] = value;
    else faults.push(`${name} in ${place} ${fault}`);
  }
  return { values, faults };
}

/** The key with which these lines begin, and how many of them it has, or seems to have if it is damaged. */
function keyIn(lines: string[]): { key: string | undefined; length: number } {
  const isLast = (line: string, index: number) => index > 0 && KEY_ENDS.test(line);
  const last = lines.findIndex(isLast);
  // The quote may stand on a line of its own.
  const end = /^['"][ \t]*$/.test(lines[last + 1] ?? '') ? last + 1 : last;
  const length = last < 0 ? lines.length : end + 1;
  return { key: KEY.exec(lines.slice(0, length).join('\n'))?.[2], length };
}

function valueOf(rest: string): { value: string; doubts: Doubts } {
  const [, single, double] = QUOTED.exec(rest) ?? [];
  if (single !== undefined) return { value: single, doubts: ANYWHERE };
  if (double !== undefined) return { value: double, doubts: OUTSIDE_SINGLE_QUOTES };
  const bare = rest.replace(/[ \t]#.*$/, '').replace(/^[ \t]+|[ \t]+$/g, '');
  return { value: bare, doubts: OUTSIDE_QUOTES };
}
