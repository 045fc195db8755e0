import { withoutNulls } from '../../common/without-nulls.js';
import type { ImportedAccount } from '../../users/accounts-import.js';
import { LARGEST_USER_ID } from '../../users/user-ids.js';
import { accountFromFields } from './account-from-fields.js';
import { flagOf, positiveInteger, timeOf } from './field-values.js';
import { isObject, plainName, type Fields } from './fields.js';
import type { AccountFormat, FormatSettings, Meaning } from './formats/format.js';

/** How much of a name that is not known is told. */
const SHOWN_CHARACTERS = 40;

/** An account, or the highest id that an export tells of; undefined of a row that has something else. */
export type ReadRecord =
  { readonly account: ImportedAccount } | { readonly lastId: number } | undefined;

/** Several fields may tell that an account is disabled; one alone tells anything else. */
const ABOUT_DISABLED: readonly Meaning[] = ['disabled', 'enabled', 'disabled_at', 'disabled_until'];

/** Reads the accounts of one format. */
export class AccountReader {
  /** The fields that had something in them, and of which accounts here have none. */
  readonly leftOut = new Set<string>();
  private readonly ignored: ReadonlySet<string>;

  /**
   * @param ignored the names of fields to leave out, whatever they mean
   * @param keepsIds whether accounts have the ids that the file gives them
   */
  constructor(
    private readonly format: AccountFormat,
    private readonly settings: FormatSettings,
    ignored: readonly string[],
    private readonly keepsIds: boolean,
  ) {
    this.ignored = new Set(ignored.map(plainName));
  }

  /** Those of these names of fields that are not known, and shall not be left out. */
  unknownAmong(names: readonly string[]): string[] {
    const meanings = this.meaningsOf(names);
    return names.filter((name) => !meanings.has(name) && !this.ignored.has(plainName(name)));
  }

  /** The first two of these names of fields that tell the same. */
  twiceAmong(names: readonly string[]): [string, string] | undefined {
    const firstNames = new Map<Meaning, string>();
    for (const [name, meaning] of this.meaningsOf(names)) {
      const first = firstNames.get(meaning);
      if (first !== undefined) return [first, name];
      if (!isRepeatable(meaning)) firstNames.set(meaning, name);
    }
    return undefined;
  }

  /** Whether one of these names of fields tells the user's name. */
  hasUsername(names: readonly string[]): boolean {
    return [...this.meaningsOf(names).values()].includes('username');
  }

  /** The names of an account's fields in a record. */
  namesOf(record: Fields): string[] {
    const fields = this.format.unwrap ? this.format.unwrap(record) : record;
    return Object.keys(withoutNulls(fields ?? {}));
  }

  /** @throws Error with what is wrong with the record */
  read(record: Fields): ReadRecord {
    const unwrapped = this.format.unwrap ? this.format.unwrap(record) : record;
    if (!unwrapped) {
      this.leftOut.add('entries of other kinds');
      return undefined;
    }
    this.requireEnabled(unwrapped);
    const fields = withoutNulls(unwrapped);
    const names = Object.keys(fields);
    const [unknown] = this.unknownAmong(names);
    if (unknown !== undefined) {
      throw new Error(`the field ${unknown.slice(0, SHOWN_CHARACTERS)} is not known`);
    }
    const twice = this.twiceAmong(names);
    if (twice) throw new Error(`the fields ${twice.join(' and ')} tell the same`);
    const own = this.ownFields(fields);
    if ('last_id' in own) return { lastId: lastIdOf(own) };
    return { account: accountFromFields(own, this.settings.saltIs) };
  }

  /** A field that says who may log in and is empty says it of no one: for many systems that is a no. */
  private requireEnabled(fields: Fields): void {
    for (const [name, meaning] of this.meaningsOf(Object.keys(fields))) {
      const isUnset = fields[name] === null || fields[name] === undefined;
      if (meaning === 'enabled' && isUnset) throw new Error(`${name} must be true or false`);
    }
  }

  private ownFields(fields: Fields): Fields {
    const own: Record<string, unknown> = {};
    const parts: Record<string, unknown> = {};
    for (const [name, meaning] of this.meaningsOf(Object.keys(fields))) {
      const value = fields[name];
      if (ABOUT_DISABLED.includes(meaning)) {
        own.disabled = own.disabled === true || isDisabled(meaning, name, value);
      } else if (meaning === 'hash-part') parts[name] = value;
      else if (meaning === 'created_at') own.created_at = dateOf(value);
      else if (meaning === 'created_at_ms') own.created_at = isoTime(name, value);
      else if (meaning !== 'left-out') own[meaning] = value;
      else if (!isEmpty(value)) this.leftOut.add(name);
    }
    if (!this.keepsIds) delete own.id;
    if (this.format.hashOf) own.password_hash = this.hashOf(parts);
    return own;
  }

  private hashOf(parts: Fields): string {
    const result = this.format.hashOf?.(parts, this.settings) ?? { refusal: 'is not there' };
    if ('refusal' in result) throw new Error(`the password's hash ${result.refusal}`);
    return result.hash;
  }

  /** What those of these names mean that are known, and are not to be left out. */
  private meaningsOf(names: readonly string[]): Map<string, Meaning> {
    const meanings = new Map<string, Meaning>();
    const others: string[] = [];
    for (const name of names) {
      const meaning = this.format.meanings.get(plainName(name));
      if (meaning === undefined || this.ignored.has(plainName(name))) continue;
      if (meaning === 'else-username' || meaning === 'only-username') others.push(name);
      else meanings.set(name, meaning);
    }
    if (others.length > 0) this.addOtherNames(meanings, others);
    return meanings;
  }

  /** The first of these in the order of the format is the username, if no field is that anyway. */
  private addOtherNames(meanings: Map<string, Meaning>, others: readonly string[]): void {
    const order = [...this.format.meanings.keys()];
    const rank = (name: string) => order.indexOf(plainName(name));
    const isNamed = [...meanings.values()].includes('username');
    const [first, ...rest] = others.toSorted((one, other) => rank(one) - rank(other));
    if (first !== undefined && !isNamed) meanings.set(first, 'username');
    for (const name of isNamed ? others : rest) {
      const meaning = this.format.meanings.get(plainName(name));
      if (meaning === 'else-username') meanings.set(name, 'left-out');
    }
  }
}

function isRepeatable(meaning: Meaning): boolean {
  return meaning === 'left-out' || meaning === 'hash-part' || ABOUT_DISABLED.includes(meaning);
}

function isDisabled(meaning: Meaning, name: string, value: unknown): boolean {
  if (meaning === 'disabled') return flagOf(name, value);
  if (meaning === 'enabled') return !flagOf(name, value);
  if (meaning === 'disabled_until') return timeOf(name, value) > Date.now();
  return !isEmpty(value);
}

/** A time that MongoDB's export wraps. */
function dateOf(value: unknown): unknown {
  return isObject(value) && '$date' in value ? value.$date : value;
}

function isoTime(name: string, value: unknown): string {
  const time = new Date(Number(value));
  if (Number.isNaN(time.getTime()) || !/^\d{1,15}$/.test(String(value))) {
    throw new Error(`${name} must be a time in milliseconds since 1970`);
  }
  return time.toISOString();
}

/** Whether a value is how files write that there is none. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return ['', false, 0, undefined].some((none) => none === value);
}

/** The highest id that an export tells of; 0 if no account was ever given one. */
function lastIdOf({ last_id, ...others }: Fields): number {
  if (Object.keys(others).length > 0) throw new Error('last_id stands in a row of its own');
  return last_id === 0 ? 0 : positiveInteger('last_id', last_id, LARGEST_USER_ID);
}
