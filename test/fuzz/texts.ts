import * as fc from 'fast-check';

/** Names that every object has. */
export const PROTOTYPE_KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'],
  ...['__defineGetter__', '__lookupSetter__', 'isPrototypeOf', 'then', 'toJSON', 'length'],
];

const surrogates = fc.string({
  unit: fc.integer({ min: 0xd7fe, max: 0xe001 }).map((unit) => String.fromCharCode(unit)),
  minLength: 1,
});

/** Text of every kind: people's, Unicode's whole range, halves of pairs, controls, other languages' code. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary-ascii' }),
  surrogates,
  fc.constantFrom(...PROTOTYPE_KEYS),
  fc.constantFrom(
    ...['', ' ', '\0', '\u0000admin', '\ufeff', '\ufffd', '\u202eevil', '-1', '0', '1e9', 'NaN'],
    ...['true', 'null', 'undefined', '[object Object]', '9007199254740993', '99999999999999999999'],
    ...[
      "' OR 1=1 --",
      '"; DROP TABLE users; --',
      '%s%n',
      '{{7*7}}',
      '${7*7}',
      '$(id)',
      '../../etc',
    ],
    ...['<script>alert(1)</script>', 'a\r\nSet-Cookie: a=b', '\u001b[31m', 'gatehouse:{1}:token:x'],
  ),
);

/** Text that is much too long, written as a slot: `Caller` writes it out when it sends it. */
export const hugeText: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('x', '\u00df', '\u{1f600}', '\ud800', '"', '\\', 'e\u0301'), fc.nat(9_000))
  .map(([unit, count]) => repeated(unit, count));

export function repeated(unit: string, count: number): string {
  return `{{${count}*${unit}}}`;
}
