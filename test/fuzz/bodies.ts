import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import type { Operation, Schema } from '../support/openapi.js';
import { meaningful, resolved } from './meanings.js';
import { anyText, hugeText, PROTOTYPE_KEYS } from './texts.js';

/** What a request carries, and what it is said to be. */
export interface Body {
  content: string | Uint8Array;
  headers: [name: string, value: string][];
  chunked: boolean;
}

/** An object as it is written: with its members in their order, also if two have one name. */
type Members = [name: string, value: unknown][];

const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  hugeText,
  fc.jsonValue(),
  fc.constantFrom(null, true, 0, -0, 1e308, 2 ** 53, [], {}, [[]], { toString: 'x' }),
);

const CREDENTIALS = ['client_id', 'client_secret'];

const FORM = 'application/x-www-form-urlencoded';

const contentType = fc
  .constantFrom(
    ...['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-16'],
    ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'],
    ...['application/problem+json', 'text/json', '*/*', '', ';', 'application/json, text/plain'],
  )
  .map((type): [string, string] => ['Content-Type', type]);

const contentEncoding = fc
  .constantFrom('identity', 'gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', '', 'x')
  .map((coding): [string, string] => ['Content-Encoding', coding]);

/** Bodies for an operation: as documented, nearly so, and anything at all. */
export function bodies({ requestBody }: Operation): fc.Arbitrary<Body | undefined> {
  const type = requestBody?.content[FORM] ? FORM : 'application/json';
  const written = type === FORM ? writtenAsForm : writtenAsJson;
  const typed = (content: string | Uint8Array): Body => ({
    content,
    headers: [['Content-Type', type]],
    chunked: false,
  });
  const schema = resolved(requestBody?.content[type]?.schema ?? {});
  const valid = provedInHeader(members(schema)).map(written);
  const nearly = fc
    .tuple(members(schema), fc.array(change(schema), { minLength: 1, maxLength: 3 }))
    .map(([start, changes]) => written(changes.reduce((now, apply) => apply(now), start)));
  const arbitrary = fc.oneof(
    spliced(valid),
    fc.json(),
    anyValue.map((value) => JSON.stringify(value)),
    anyText,
    fc.uint8Array({ maxLength: 64 }),
    valid.map((text) => gzipSync(text)),
  );
  const [withBody, withoutBody] = requestBody ? [12, 1] : [1, 12];
  return fc.oneof(
    { weight: withBody, arbitrary: valid.map(typed) },
    { weight: withoutBody, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: nearly.map(typed) },
    { weight: 2, arbitrary: arbitrary.map(typed) },
    { weight: 2, arbitrary: mislabelled(fc.oneof(valid, arbitrary)) },
  );
}

function mislabelled(content: fc.Arbitrary<string | Uint8Array>): fc.Arbitrary<Body> {
  const headers = fc.array(fc.oneof(contentType, contentEncoding), { maxLength: 3 });
  return fc.record({ content, headers, chunked: fc.boolean() });
}

function members(schema: Schema): fc.Arbitrary<Members> {
  return meaningful('', { type: 'object', ...schema }).map((value) =>
    Object.entries(value as Record<string, unknown>),
  );
}

/** Mostly without a client's credentials: in two places they are refused, and most requests have them in the header. */
function provedInHeader(forms: fc.Arbitrary<Members>): fc.Arbitrary<Members> {
  const others = (form: Members) => form.filter(([name]) => !CREDENTIALS.includes(name));
  return fc.oneof({ weight: 3, arbitrary: forms.map(others) }, { weight: 1, arbitrary: forms });
}

function writtenAsJson(members: Members): string {
  const pairs = members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `{${pairs.join(',')}}`;
}

function writtenAsForm(members: Members): string {
  return members
    .map(([name, value]) => {
      const text =
        typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
      return `${encoded(name)}=${encoded(text ?? '')}`;
    })
    .join('&');
}

/** Slots stay as they are: `Caller` fills them. */
function encoded(text: string): string {
  const parts = text.toWellFormed().split(/(\{\{[^]*?\}\})/);
  return parts.map((part, at) => (at % 2 ? part : encodeURIComponent(part))).join('');
}

/** One thing that makes a valid object another one. */
function change({ properties = {} }: Schema): fc.Arbitrary<(members: Members) => Members> {
  const known = Object.keys(properties);
  const name = fc.oneof(anyText, fc.constantFrom(...PROTOTYPE_KEYS, ...known));
  const at = fc.nat(4);
  return fc.oneof(
    fc.tuple(at, anyValue).map(
      ([index, value]) =>
        (old: Members): Members =>
          old.map((member, i) => (i === index ? [member[0], value] : member)),
    ),
    at.map((index) => (old: Members) => old.filter((_, i) => i !== index)),
    fc.tuple(name, anyValue).map((member) => (old: Members): Members => [...old, member]),
    fc.tuple(at, anyValue).map(
      ([index, value]) =>
        (old: Members): Members =>
          old.flatMap((member, i) => (i === index ? [member, [member[0], value]] : [member])),
    ),
  );
}

/** Text with other bytes in the place of some of its own. */
export function spliced(text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      text,
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat(3),
      added: fc.uint8Array({ maxLength: 4 }),
    })
    .map(({ text, at, removed, added }) => {
      const bytes = Buffer.from(text);
      const start = Math.floor(at * bytes.length);
      return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]);
    });
}
