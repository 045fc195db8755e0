/** `export` as in a shell, a name, and what is behind `=`. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=(.*)$/;

const BLANK = /^[ \t]*(?:#.*)?$/;

/** A value in quotes, and a comment behind it. */
const QUOTED = /^[ \t]*(?:'([^']*)'|"([^"]*)")(?:[ \t]+#.*|[ \t]*)$/;

const ADVICE = 'put the value in single quotes';

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
 * the variable or the line, and never a value. The last of several lines for a name counts.
 *
 * Not by `util.parseEnv`: it makes names of lines that have none, ends a value without quotes at any #,
 * and its answers differ between versions of Node.
 */
export function parseEnvFile(text: string): { values: Record<string, string>; faults: string[] } {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (BLANK.test(line)) continue;
    const place = `line ${index + 1} of the file .env`;
    const [, name, rest = ''] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined) {
      faults.push(`In ${place} there is neither NAME=VALUE nor a # comment`);
      continue;
    }
    const { value, doubts } = valueOf(rest);
    const fault = doubts.find(([doubt]) => doubt.test(value))?.[1];
    if (fault === undefined) values[name] = value;
    else faults.push(`${name} in ${place} ${fault}`);
  }
  return { values, faults };
}

function valueOf(rest: string): { value: string; doubts: Doubts } {
  const [, single, double] = QUOTED.exec(rest) ?? [];
  if (single !== undefined) return { value: single, doubts: ANYWHERE };
  if (double !== undefined) return { value: double, doubts: OUTSIDE_SINGLE_QUOTES };
  const bare = rest.replace(/[ \t]#.*$/, '').replace(/^[ \t]+|[ \t]+$/g, '');
  return { value: bare, doubts: OUTSIDE_QUOTES };
}
