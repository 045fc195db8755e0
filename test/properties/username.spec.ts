import * as fc from 'fast-check';
import { canonicalUsername } from '../../src/users/username-rules.js';
import { fuzzing } from '../support/fuzzing.js';

const RUNS = 2_000;

const ASCII = ['a', 'A', 'z', 'Z', 'm', '0', '9', '-', '_', '.'];

/** Names of one script, and of whatever Unicode has: code points that meet in names, and all others. */
const names = fc.oneof(
  fc.string({ unit: 'binary', minLength: 4, maxLength: 12 }),
  ...[
    [0x21, 0x7e],
    [0xc0, 0x24f],
    [0x300, 0x36f],
    [0x370, 0x3ff],
    [0x400, 0x52f],
    [0x590, 0x6ff],
    [0x900, 0x97f],
    [0x1e00, 0x1fff],
    [0x2100, 0x218f],
    [0x3040, 0x30ff],
    [0xac00, 0xac80],
    [0xff01, 0xff9f],
    [0x10400, 0x1044f],
  ].map(([min, max]) => namesFrom(min, max)),
);

function namesFrom(min = 0, max = min): fc.Arbitrary<string> {
  const own = fc.integer({ min, max });
  const unit = fc.oneof(
    { weight: 8, arbitrary: own },
    // Marks compose with what is before them, and digits and letters of ASCII are in many names.
    { weight: 1, arbitrary: fc.integer({ min: 0x300, max: 0x345 }) },
    { weight: 1, arbitrary: fc.constantFrom(0x30, 0x61, 0x6c, 0xb7) },
  );
  return fc.string({
    unit: unit.map((codePoint) => String.fromCodePoint(codePoint)),
    minLength: 4,
    maxLength: 12,
  });
}

const canonical = (input: string): string | undefined => {
  const result = canonicalUsername(input);
  return 'username' in result ? result.username : undefined;
};

describe('The canonical form of any username', () => {
  it('is its own canonical form', () => {
    let accepted = 0;
    fc.assert(
      fc.property(names, (name) => {
        const username = canonical(name);
        if (username === undefined) return;
        accepted += 1;
        expect(canonical(username)).toBe(username);
      }),
      fuzzing(RUNS),
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('has no letter in capitals, composed otherwise or of another width', () => {
    fc.assert(
      fc.property(names, (name) => {
        const username = canonical(name);
        if (username === undefined) return;
        expect(username.toLowerCase()).toBe(username);
        expect(username.normalize('NFKC')).toBe(username);
      }),
      fuzzing(RUNS),
    );
  });

  it.each(['NFC', 'NFD'] as const)('is that of its spelling in %s', (form) => {
    fc.assert(
      fc.property(names, (name) => expect(canonical(name.normalize(form))).toBe(canonical(name))),
      fuzzing(RUNS),
    );
  });

  it('is that of its spelling in full width, and of each letter in capitals', () => {
    const ascii = fc.string({
      unit: fc.constantFrom(...ASCII),
      minLength: 4,
      maxLength: 12,
    });
    const choices = fc.array(fc.nat(2), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(ascii, choices, (name, choice) => {
        const spelled = Array.from(name).map((letter, index) => {
          if (choice[index] === 1) return letter.toUpperCase();
          return choice[index] === 2 ? String.fromCodePoint(letter.charCodeAt(0) + 0xfee0) : letter;
        });
        expect(canonical(spelled.join(''))).toBe(name.toLowerCase());
      }),
      fuzzing(RUNS),
    );
  });

  it('has 4 to 80 characters and none that HTTP Basic or a log would trip over', () => {
    fc.assert(
      fc.property(fc.oneof(names, fc.string({ unit: 'binary', maxLength: 400 })), (name) => {
        const username = canonical(name);
        if (username === undefined) return;
        expect(username).toMatch(/^[^:\p{C}\p{Z}]{4,80}$/u);
      }),
      fuzzing(RUNS),
    );
  });
});
