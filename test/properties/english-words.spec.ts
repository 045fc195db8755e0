import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isMadeOfWords } from '../../src/config/english-words.js';

const ROOT = resolve(__dirname, '../..');
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The sentences of the documentation that are as long as a key. */
function sentences(): string[] {
  const files = ['docs', 'docs/guides'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(ROOT, folder, name)),
  );
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n\n');
  return text
    .replace(/```.*?```/gs, '')
    .replace(/\s+/g, ' ')
    .split(/(?<=[.:]) /)
    .filter((sentence) => /^[A-Za-z ,;.:]{32,}$/.test(sentence));
}

function letters(count: number, alphabet: string): string {
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');
}

describe('Words', () => {
  const lines = sentences();
  const shareOf = (form: (line: string) => string) =>
    lines.filter((line) => isMadeOfWords(form(line))).length / lines.length;

  it.each([
    ['as they are written', (line: string) => line],
    ['in capitals', (line: string) => line.toUpperCase()],
    ['cut at 32 characters', (line: string) => line.slice(0, 32)],
    ['with other separators', (line: string) => line.replaceAll(/\W+/g, '_')],
    ['without any', (line: string) => line.replaceAll(/\W+/g, '').toLowerCase()],
    ['with a number behind them', (line: string) => `${line} 2024!`],
  ])('are found in 95 of 100 sentences %s', (_, form) => {
    expect(lines.length).toBeGreaterThan(200);
    expect(shareOf(form)).toBeGreaterThan(0.95);
  });

  it.each(['hex', 'base64', 'base64url', 'latin1'] as const)(
    'are never found in random bytes as %s',
    (form) => {
      for (let count = 0; count < 20_000; count += 1) {
        expect(isMadeOfWords(randomBytes(32 + (count % 33)).toString(form))).toBe(false);
      }
    },
  );

  it.each([
    ['letters and digits', 32, `${LETTERS}${LETTERS.toUpperCase()}0123456789`],
    ['base32', 52, `${LETTERS.toUpperCase()}234567`],
    ['small letters', 40, LETTERS],
  ])('are hardly ever found in random %s', (_, count, alphabet) => {
    const texts = Array.from({ length: 5_000 }, () => letters(count, alphabet));
    expect(texts.filter(isMadeOfWords).length).toBeLessThanOrEqual(3);
  });

  it('are not found in a text without Latin letters', () => {
    expect(['', '0123456789', '- - -', 'ключ ключ'.repeat(4)].filter(isMadeOfWords)).toEqual([]);
  });
});
