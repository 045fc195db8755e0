import { parseBasic, schemeOf } from './basic-credentials.js';

function basic(credentials: string | Uint8Array): string {
  return `Basic ${Buffer.from(credentials as string).toString('base64')}`;
}

describe('Basic credentials', () => {
  it.each([
    ['the example of RFC 7617 §2', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Aladdin', 'open sesame'],
    ['the UTF-8 example of RFC 7617 §2.1', 'Basic dGVzdDoxMjPCow==', 'test', '123£'],
    ['a password with colons', basic('user:pa:ss:'), 'user', 'pa:ss:'],
    ['a password that begins with a colon', basic('user::'), 'user', ':'],
    ['an empty password', basic('user:'), 'user', ''],
    ['an empty user name', basic(':secret'), '', 'secret'],
    ['both empty', basic(':'), '', ''],
    ['spaces, which are kept', basic(' user : secret '), ' user ', ' secret '],
    ['characters outside the basic plane', basic('jülia:🔑'), 'jülia', '🔑'],
    ['a byte-order mark, which is kept', basic('\ufeffuser:x'), '\ufeffuser', 'x'],
    ['a replacement character that was sent', basic('us\ufffder:x'), 'us\ufffder', 'x'],
    ['both characters that base64 adds', 'Basic Pj4+Oj8/Pw==', '>>>', '???'],
    ['a token', basic(`${'eyJhbGciOiJIUzI1NiJ9.'.repeat(20)}:x`), expect.any(String), 'x'],
  ])('may be %s', (_, header, username: unknown, password) => {
    expect(parseBasic(header)).toEqual({ username, password });
  });

  it.each(['Basic', 'basic', 'BASIC', 'bAsIc', 'Basic  '])('may have the scheme %j', (scheme) => {
    const header = `${scheme} dGVzdDoxMjPCow==`;
    expect(parseBasic(header)).toEqual({ username: 'test', password: '123£' });
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['the scheme alone', 'Basic'],
    ['the scheme and a space', 'Basic '],
    ['another scheme', 'Bearer dGVzdDoxMjPCow=='],
    ['a longer scheme', 'NotBasicAtAll dGVzdDoxMjPCow=='],
    ['a scheme that begins in the same way', 'Basically dGVzdDoxMjPCow=='],
    ['no space after the scheme', 'BasicdGVzdDoxMjPCow=='],
    ['a tab after the scheme', 'Basic\tdGVzdDoxMjPCow=='],
    ['a space before the scheme', ' Basic dGVzdDoxMjPCow=='],
    ['something after the credentials', 'Basic dGVzdDoxMjPCow== charset=UTF-8'],
    ['two credentials', 'Basic dGVzdDoxMjPCow==, Basic dGVzdDoxMjPCow=='],
    ['what is not base64', 'Basic test:123'],
    ['padding inside', 'Basic dGVz=dDoxMjPCow'],
    ['too much padding', 'Basic dGVzdDoxMjPCow==='],
    ['padding alone', 'Basic =='],
    ['no colon', basic('user')],
    ['the UTF-8 example in ISO-8859-1', basic(Buffer.from('test:123£', 'latin1'))],
    ['a byte that UTF-8 never has', basic(Buffer.from([0x61, 0x3a, 0xff]))],
    ['an overlong form', basic(Buffer.from([0xc0, 0xba, 0x3a, 0x61]))],
    ['an encoded surrogate', basic(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0xbd]))],
    ['a character cut short', basic(Buffer.from([0x61, 0x3a, 0xc2]))],
    ['a NUL in the user name', basic('us\0er:x')],
    ['a NUL in the password', basic('user:\0')],
    ['a line break', basic('user:x\r\ny')],
    ['a tab', basic('us\ter:x')],
    ['a delete', basic('user:\x7f')],
  ])('are not %s (S20, S21)', (_, header) => {
    expect(parseBasic(header)).toBeUndefined();
  });
});

describe('The scheme of an Authorization header', () => {
  it.each([
    ['Basic dGVzdDoxMjPCow==', 'basic'],
    ['BEARER x', 'bearer'],
    ['NotBasicAtAll x', 'notbasicatall'],
    ['Basic', 'basic'],
    [undefined, undefined],
  ])('of %j is %j', (header, scheme) => {
    expect(schemeOf(header)).toBe(scheme);
  });
});
