import { faultOfRoles } from '../../users/role-rules.js';

/**
 * A date, and a time of it, as ISO 8601, PostgreSQL's COPY and Python's `isoformat` and `str` write them:
 * with a T or a space, and an offset of hours or of hours and minutes.
 */
const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/;

const FLAGS = new Map([
  ...['true', 't', '1'].map((text) => [text, true] as const),
  ...['false', 'f', '0'].map((text) => [text, false] as const),
]);

/** A whole number from 1. @throws Error with what is wrong with it */
export function positiveInteger(name: string, value: unknown, largest: number): number {
  const isNumber = typeof value === 'number' || /^\d{1,15}$/.test(String(value));
  const number = isNumber ? Number(value) : NaN;
  if (!Number.isInteger(number) || number < 1 || number > largest) {
    throw new Error(`the ${name} must be a whole number from 1 to ${largest}`);
  }
  return number;
}

/** PostgreSQL's times after and before all others. */
const ENDLESS = new Map([
  ['infinity', Infinity],
  ['-infinity', -Infinity],
]);

/**
 * A time in milliseconds since 1970, of UTC if it has no offset; infinite for PostgreSQL's `infinity`.
 * @throws Error with what is wrong with it
 */
export function timeOf(name: string, value: unknown): number {
  const endless = ENDLESS.get(String(value).toLowerCase());
  if (endless !== undefined) return endless;
  const [, date, time = '00:00', offset = 'Z'] = TIME.exec(String(value)) ?? [];
  const at = date === undefined ? NaN : Date.parse(`${date}T${time}${isoOffset(offset)}`);
  if (date === undefined || Number.isNaN(at) || !isDay(date)) {
    throw new Error(`${name} must be a time such as 2026-01-31T09:30:00Z`);
  }
  return at;
}

/** A time as `timeOf` reads it; undefined for an infinite one, which says no more than that none is known. */
export function finiteTimeOf(name: string, value: unknown): number | undefined {
  const at = timeOf(name, value);
  return Number.isFinite(at) ? at : undefined;
}

/** Whether a flag is set. @throws Error with what is wrong with it */
export function flagOf(name: string, value: unknown): boolean {
  const flag = FLAGS.get(String(value).toLowerCase());
  if (flag === undefined) throw new Error(`${name} must be true or false`);
  return flag;
}

/** Roles, sorted: a list, or a text with commas or spaces between them. @throws Error with what is wrong with them */
export function rolesOf(value: unknown): string[] {
  const given: unknown = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value;
  if (!Array.isArray(given) || !given.every((role) => typeof role === 'string')) {
    throw new Error('the roles must be a text, or a list of texts');
  }
  const roles = [...new Set(given)].sort();
  const fault = faultOfRoles(roles);
  if (fault !== undefined) throw new Error(`the roles will not do: ${fault}`);
  return roles;
}

function isoOffset(offset: string): string {
  if (offset === 'Z' || offset === 'UTC') return 'Z';
  const [hours, minutes] = [offset.slice(0, 3), offset.slice(3).replace(':', '')];
  return `${hours}:${minutes || '00'}`;
}

/** Whether there is such a day: February the 31st passes for a day of March otherwise. */
function isDay(date: string): boolean {
  return new Date(date).toISOString().startsWith(date);
}
