import { decodeUtf8 } from './utf8.js';

describe('The text of UTF-8', () => {
  it.each(['', 'miguel', 'jülia 🔑', '\uFEFFwith a byte order mark', 'sent as \uFFFD', '\0'])(
    'is what was encoded: %j',
    (text) => {
      expect(decodeUtf8(Buffer.from(text))).toBe(text);
    },
  );

  it.each([
    ['Latin-1', 'fc'],
    ['UTF-16 with a byte order mark', 'fffe6100'],
    ['a character that is cut', 'f09f94'],
    ['a slash in two bytes', 'c0af'],
    ['half a surrogate pair', 'eda080'],
    ['beyond Unicode', 'f4908080'],
  ])('is none if the bytes are %s', (_, hex) => {
    expect(() => decodeUtf8(Buffer.from(hex, 'hex'))).toThrow('not valid for encoding utf-8');
  });
});
