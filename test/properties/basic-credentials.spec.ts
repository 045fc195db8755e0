import * as fc from 'fast-check';
import { parseBasic } from '../../src/auth/basic-credentials.js';
import { fuzzing } from '../support/fuzzing.js';

const RUNS = 2_000;

const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(':', ' ', 'a', '\u00e9', '\ufeff') }),
  )
  // RFC 7617 §2 allows no controls.
  .map((characters) => characters.replace(/[\u0000-\u001f\u007f]/g, ''));

describe('Any Basic credentials', () => {
  it('are read as they were written', () => {
    const usernames = text.map((username) => username.replaceAll(':', ''));
    fc.assert(
      fc.property(usernames, text, (username, password) => {
        const encoded = Buffer.from(`${username}:${password}`).toString('base64');
        expect(parseBasic(`Basic ${encoded}`)).toEqual({ username, password });
      }),
      fuzzing(RUNS),
    );
  });

  it('are read from any bytes to exactly these bytes, or not at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const read = parseBasic(`Basic ${Buffer.from(bytes).toString('base64')}`);
        if (!read) return;
        expect(Buffer.from(`${read.username}:${read.password}`)).toEqual(Buffer.from(bytes));
      }),
      fuzzing(RUNS),
    );
  });

  it('are read from any header without an exception', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), (scheme, rest) => {
        parseBasic(rest);
        parseBasic(`Basic ${rest}`);
        parseBasic(`${scheme} ${rest}`);
      }),
      fuzzing(RUNS),
    );
  });
});
