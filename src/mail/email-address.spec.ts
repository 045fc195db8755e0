import { foldedAddress, isEmailAddress, maskedAddress } from './email-address.js';

const LABEL = 'a'.repeat(63);

describe('An email address', () => {
  it.each([
    'susan@example.org',
    "Susan.O'Neill+news@mail.example.co.uk",
    'a@b.cd',
    '_x-y~{z}|`^?=/*&$#@example.org',
    '7@7-eleven.example',
    `${'a'.repeat(64)}@example.org`,
    `a@${LABEL}.example`,
    `${'a'.repeat(62)}@${LABEL}.${LABEL}.${LABEL}`,
    'susan@xn--bcher-kva.example',
  ])('can be %s', (address) => {
    expect(isEmailAddress(address)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['no domain', 'susan'],
    ['an empty local part', '@example.org'],
    ['an empty domain', 'susan@'],
    ['two addresses with a comma', 'susan@example.org,mallory@example.org'],
    ['two addresses with a semicolon', 'susan@example.org;mallory@example.org'],
    ['two addresses with a space', 'susan@example.org mallory@example.org'],
    ['a second @', 'susan@example.org@example.com'],
    ['a name before it', 'Susan <susan@example.org>'],
    ['angle brackets', '<susan@example.org>'],
    ['a group', 'friends:susan@example.org;'],
    ['a comment', 'susan(work)@example.org'],
    ['a comment in the domain', 'susan@example.org(work)'],
    ['a quoted local part', '"susan"@example.org'],
    ['a quoted list', '"a@example.com,b"@example.org'],
    ['a backslash', 'su\\san@example.org'],
    ['a header after CR LF', 'susan@example.org\r\nBcc: mallory@example.org'],
    ['a line feed at its end', 'susan@example.org\n'],
    ['a carriage return', 'susan\r@example.org'],
    ['a NUL', 'susan\0@example.org'],
    ['a tab', 'susan@example.org\t'],
    ['a space before it', ' susan@example.org'],
    ['a space after it', 'susan@example.org '],
    ['a percent route', 'susan%example.com@example.org'],
    ['a bang path', 'example.com!susan@example.org'],
    ['a source route', '@example.com:susan@example.org'],
    ['a dot at the beginning', '.susan@example.org'],
    ['a dot at the end of the local part', 'susan.@example.org'],
    ['two dots', 'su..san@example.org'],
    ['a domain of one label', 'susan@localhost'],
    ['a domain with a dot at its end', 'susan@example.org.'],
    ['a domain with an empty label', 'susan@example..org'],
    ['a label that begins with a hyphen', 'susan@-example.org'],
    ['a label that ends with a hyphen', 'susan@example-.org'],
    ['an underscore in the domain', 'susan@exa_mple.org'],
    ['an IP address', 'susan@127.0.0.1'],
    ['an address literal', 'susan@[127.0.0.1]'],
    ['a label that is too long', `susan@a${LABEL}.org`],
    ['a local part that is too long', `${'a'.repeat(65)}@example.org`],
    ['255 characters', `${'a'.repeat(63)}@${LABEL}.${LABEL}.${LABEL}`],
    ['letters beyond ASCII', 'süsan@example.org'],
    ['a domain beyond ASCII', 'susan@bücher.example'],
    ['a long s, which folds to an s', '\u017Fusan@example.org'],
    ['a fullwidth @', 'susan\uFF20example.org'],
  ])('cannot have or be %s', (_, address) => {
    expect(isEmailAddress(address)).toBe(false);
  });

  it('is told in time that no one notices, however it was made up', () => {
    for (const text of [
      'a.'.repeat(8_000),
      `a@${'a-'.repeat(8_000)}`,
      `${'a'.repeat(120)}@${'1.'.repeat(60)}`,
    ]) {
      expect(isEmailAddress(text)).toBe(false);
    }
  });

  it('is the same in any ASCII case (S99)', () => {
    expect(foldedAddress('Susan.X@EXAMPLE.org')).toBe('susan.x@example.org');
  });

  it('is shown to others by its first character and its domain', () => {
    expect(maskedAddress('susan@example.org')).toBe('s…@example.org');
  });
});
