import { canonicalUsername } from '../../src/users/username-rules.js';

const everyCodePoint = Array.from({ length: 0x110000 }, (_, index) => String.fromCodePoint(index));

function outcomeOf(input: string): string {
  const result = canonicalUsername(input);
  return 'username' in result ? result.username : result.reason;
}

describe('A username', () => {
  it('may refuse inputs over 640 code units because no code point has over four parts', () => {
    const longest = Math.max(...partCounts());
    expect(longest).toBe(4);
  });

  it('refuses every code point inside a name or maps it to a stable, lower-case NFC name', () => {
    expect(everyCodePoint.filter((codePoint) => !isRefusedOrStable(`aaa${codePoint}a`))).toEqual(
      [],
    );
  });

  it('treats every code point like its canonical decomposition', () => {
    const differing = everyCodePoint.filter((codePoint) => {
      const input = `aaa${codePoint}a`;
      const decomposed = input.normalize('NFD');
      return decomposed !== input && outcomeOf(decomposed) !== outcomeOf(input);
    });
    expect(differing).toEqual([]);
  });
});

function partCounts(): Set<number> {
  return new Set(everyCodePoint.map((codePoint) => [...codePoint.normalize('NFD')].length));
}

function isRefusedOrStable(input: string): boolean {
  const result = canonicalUsername(input);
  if ('refusal' in result) return true;
  const { username } = result;
  return (
    username === username.toLowerCase() &&
    username === username.normalize('NFC') &&
    /^[!-9;-~\p{L}\p{M}\p{Nd}\u0375\u3007\u06FD\u06FE\u0F0B]+$/u.test(username) &&
    outcomeOf(username) === username
  );
}
