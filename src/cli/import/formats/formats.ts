import { CommandFailure } from '../../exit-codes.js';
import { plainName } from '../fields.js';
import { django } from './django.js';
import { firebase } from './firebase.js';
import { OWN_FIELDS, type AccountFormat, type Meaning } from './format.js';
import { keycloak } from './keycloak.js';
import { aspnet, auth0, devise, supabase, werkzeug } from './tables.js';
import { htpasswd, usualNames } from './usual-names.js';

/** The first one that recognises its fields is found; the usual names recognise the least, and come last. */
const FORMATS: readonly AccountFormat[] = [
  ...[keycloak, firebase, auth0, supabase, devise, aspnet, django, werkzeug, htpasswd],
  usualNames,
];

/** What `--from` takes. */
export const FORMAT_NAMES: readonly string[] = FORMATS.map(({ name }) => name);

/** The fields that are asked for if those of a file are not known. */
export const USUAL_FIELDS = OWN_FIELDS.filter((name) => name !== 'last_id');

/** Of the fields that are not known, so many are told. */
const SHOWN_NAMES = 12;
const SHOWN_CHARACTERS = 40;

const NAMES_USERS: readonly (Meaning | undefined)[] = [
  'username',
  'only-username',
  'else-username',
];

/** Whether a field of this name means something in any format. */
export function isNameOfAnyFormat(name: string): boolean {
  return FORMATS.some((format) => format.meanings.has(plainName(name)));
}

/** Whether a field of this name tells the user's name in any format. */
export function isUsernameOfAnyFormat(name: string): boolean {
  return FORMATS.some((format) => NAMES_USERS.includes(format.meanings.get(plainName(name))));
}

/** Whether a field of this name has a hash of a password in any format. */
export function isPasswordOfAnyFormat(name: string): boolean {
  return FORMATS.some((format) => format.meanings.get(plainName(name)) === 'password_hash');
}

/**
 * The format of this name, or else the one that such fields have.
 * @param names those of the first account, and of what stands beside the accounts
 * @throws CommandFailure which tells of the choice, if they have none that is known
 */
export function chooseFormat(names: readonly string[], from: string | undefined): AccountFormat {
  const plainNames = new Set(names.map(plainName));
  const found = FORMATS.find(({ name, signatures }) =>
    from === undefined
      ? signatures.some((all) => all.every((each) => plainNames.has(plainName(each))))
      : name === from,
  );
  if (found) return found;
  if ([...usualNames.meanings.keys()].some((name) => plainNames.has(name))) return usualNames;
  throw new CommandFailure(
    'unknown-format',
    `No account is known by such fields: ${shown(names)}. ` +
      `--from says what wrote the file (${FORMAT_NAMES.join(', ')}); ` +
      `any other file needs the fields ${USUAL_FIELDS.join(', ')}, as far as there are such`,
  );
}

/** Names of fields as a message tells them. */
export function shown(names: readonly string[]): string {
  const some = names.slice(0, SHOWN_NAMES).map((name) => name.slice(0, SHOWN_CHARACTERS));
  return names.length > SHOWN_NAMES ? `${some.join(', ')}…` : some.join(', ');
}
