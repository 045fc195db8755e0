import * as fc from 'fast-check';
import { description, type Schema } from '../support/openapi.js';
import { anyText } from './texts.js';

/** Words for what only the moment of sending knows; `Caller.fill` puts it in their places. */
export type Slot =
  | 'token'
  | 'expired'
  | 'recent'
  | 'session'
  | 'id'
  | 'username'
  | 'password'
  | 'key'
  | 'keyId'
  | 'clientId'
  | 'clientSecret'
  | 'clientToken';

export const slot = (name: Slot): string => `{{${name}}}`;

/** What the client may ask for. */
export const SCOPE = 'reports:read';

/** What makes sense in a field of this name, or below a path's segment of it; others have what their schema says. */
const BY_NAME: Record<string, fc.Arbitrary<string>> = {
  token: fc.constantFrom(slot('token'), slot('key'), slot('clientToken')),
  sessions: fc.constant(slot('session')),
  users: fc.constant(slot('id')),
  keys: fc.constant(slot('keyId')),
  factors: fc.stringMatching(/^[\w-]{22}$/),
  email: fc.stringMatching(/^[a-z]{1,8}@[a-z]{1,8}\.example$/),
  client_id: fc.constantFrom(slot('clientId'), 'gatehouse'),
  client_secret: fc.constant(slot('clientSecret')),
  scope: fc.constant(SCOPE),
  verifier: fc.stringMatching(/^[\w-]{22,64}$/),
  after: fc.stringMatching(/^[\w-]{1,40}\.\d{1,5}$/),
  // Held for so long.
  wait: fc.integer({ min: 0, max: 50 }).map(String),
  username: fc.oneof(fc.constant(slot('username')), fc.stringMatching(/^[a-z]{8,20}$/)),
  password: fc.oneof(
    { weight: 3, arbitrary: fc.constant(slot('password')) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 6, maxLength: 60 }) },
  ),
  current_password: fc.constant(slot('password')),
};

/** Values that are valid by a schema, and useful if the name tells how. */
export function meaningful(name: string, schema: Schema): fc.Arbitrary<unknown> {
  const { type, enum: options, example, minimum, maximum, items = {}, $ref } = schema;
  if ($ref) return meaningful(name, resolved(schema));
  if (BY_NAME[name]) return BY_NAME[name];
  if (options) return fc.constantFrom(...options);
  switch ([type].flat()[0]) {
    case 'integer':
      return fc.integer({ min: minimum ?? -(2 ** 31), max: maximum ?? 2 ** 31 });
    case 'number':
      return fc.double({ min: minimum ?? -1e9, max: maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(meaningful('', items), { maxLength: 5 });
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([key, of]) => [key, meaningful(key, of)]),
        ),
        { requiredKeys: schema.required ?? [] },
      );
    default:
      return example === undefined ? anyText : fc.oneof(fc.constant(example), anyText);
  }
}

/** The schema itself if this is a reference to one. */
export function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (description.components.schemas[name] ?? {});
}
