import * as fc from 'fast-check';
import type { Operation, Parameter } from '../support/openapi.js';
import { bodies, type Body } from './bodies.js';
import { authorizations, headers, type Authorization, type Header } from './headers.js';
import { meaningful } from './meanings.js';
import { anyText, PROTOTYPE_KEYS, repeated } from './texts.js';

/** A request whose slots are still to be filled. */
export interface FuzzRequest {
  /** The path and query; what fills its slots is to be escaped. */
  target: string;
  authorization: Authorization | undefined;
  headers: Header[];
  body: Body | undefined;
}

/** Text as it may stand in an address, escapes and all. */
const escaped = fc.oneof(
  anyText.map((text) => encodeURIComponent(text.toWellFormed())),
  fc
    .tuple(fc.constantFrom('x', '1', '%20', '%F0%9F%98%80', '/'), fc.nat(5_000))
    .map(([unit, count]) => repeated(unit, count)),
  fc.constantFrom(
    '%ff',
    '%',
    '%zz',
    '%00',
    '%2f',
    '%2e%2e%2f',
    '%c3',
    '%ed%a0%80',
    '%e0%a4%a',
    '+',
  ),
  fc.constantFrom('.', '..', '0', '01', '1.0', '2147483648', '999999999999999', ';a=b'),
  fc.string({
    // Whatever HTTP's parser lets through, but for what ends a segment.
    unit: fc
      .integer({ min: 0x21, max: 0xff })
      .filter((code) => code !== 0x7f && !'/?#'.includes(String.fromCharCode(code)))
      .map((code) => String.fromCharCode(code)),
  }),
);

/** Requests to an operation: most of them nearly right, in one or the other way wrong. */
export function requests(path: string, operation: Operation): fc.Arbitrary<FuzzRequest> {
  const { parameters = [] } = operation;
  return fc.record({
    target: fc
      .tuple(filledPath(path), query(parameters.filter((parameter) => parameter.in === 'query')))
      .map(([start, end]) => start + end),
    authorization: authorizations(operation),
    headers,
    body: bodies(operation),
  });
}

function filledPath(path: string): fc.Arbitrary<string> {
  const segments = path.split('/').map((segment, index, all) => {
    if (!segment.startsWith('{')) return fc.constant(segment);
    const right = meaningful(all[index - 1] ?? '', { type: 'string' }).map(String);
    return fc.oneof({ weight: 4, arbitrary: right }, { weight: 3, arbitrary: escaped });
  });
  return fc.tuple(...segments).map((parts) => parts.join('/'));
}

function query(parameters: Parameter[]): fc.Arbitrary<string> {
  const names = parameters.map(({ name }) => name);
  const right = fc
    .tuple(
      ...parameters.map(({ name, schema }) =>
        fc.option(
          meaningful(name, schema).map(
            (value) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`,
          ),
        ),
      ),
    )
    .map((pairs) => pairs.filter((pair) => pair !== null));
  const arbitrary = fc.array(
    fc
      .tuple(
        fc.oneof(
          escaped,
          fc.constantFrom(...PROTOTYPE_KEYS, ...names),
          fc.constantFrom(...PROTOTYPE_KEYS, ...names).map((name) => `${name}[limit]`),
        ),
        fc.option(escaped),
      )
      .map(([name, value]) => (value === null ? name : `${name}=${value}`)),
    { maxLength: 4 },
  );
  return fc
    .oneof(
      { weight: 4, arbitrary: right },
      { weight: 3, arbitrary },
      { weight: 1, arbitrary: fc.tuple(right, arbitrary).map((both) => both.flat()) },
    )
    .map((pairs) => (pairs.length > 0 ? `?${pairs.join('&')}` : ''));
}
