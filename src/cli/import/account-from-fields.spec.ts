import { accountFromFields } from './account-from-fields.js';
import { positiveInteger } from './field-values.js';

const BCRYPT = '$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232';
const [SALT, HASH] = [Buffer.alloc(16, 0xfb), Buffer.alloc(32, 0xef)];
const RAW = { username: 'miguel', iterations: 1000 };

const miguelWith = (fields: object) =>
  accountFromFields({ username: 'miguel', password_hash: BCRYPT, ...fields });

describe('An imported account', () => {
  it('has its name in canonical form, is enabled, and gets what it does not say', () => {
    expect(miguelWith({ username: 'MiGuel' })).toEqual({
      username: 'miguel',
      passwordHash: BCRYPT,
      id: undefined,
      createdAtMs: undefined,
      isDisabled: false,
      roles: undefined,
    });
  });

  it('has roles, in a list or in a text with commas or spaces between them', () => {
    const rolesOf = (roles: unknown) => miguelWith({ roles }).roles;
    expect(rolesOf(['editor', 'admin', 'editor'])).toEqual(['admin', 'editor']);
    expect(rolesOf('editor, admin')).toEqual(['admin', 'editor']);
    expect(rolesOf('admin editor')).toEqual(['admin', 'editor']);
    expect(rolesOf('')).toEqual([]);
  });

  it.each<unknown[]>([
    ...[[['Admin']], ['1st'], [[7]], [{ admin: true }], [['a b']]],
    ...[[[['a']]], [true], [7], [[null]], [[true]]],
  ])('is refused with what can be no role: %j', (roles) => {
    expect(() => miguelWith({ roles })).toThrow(/role/);
  });

  it('has an id up to the largest one, as a number or as its digits', () => {
    expect(miguelWith({ id: 1 }).id).toBe(1);
    expect(miguelWith({ id: '2147483646' }).id).toBe(2_147_483_646);
  });

  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T09:30Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T09:30:15.1234Z', '2026-01-31T09:30:15.123Z'],
    ['2024-02-29T00:30:00+01:00', '2024-02-28T23:30:00.000Z'],
    ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59.000Z'],
    // PostgreSQL's COPY, of timestamptz and timestamp.
    ['2024-05-01 09:12:31.000001+00', '2024-05-01T09:12:31.000Z'],
    ['2024-05-01 09:12:31-03', '2024-05-01T12:12:31.000Z'],
    ['2024-05-01 09:12:31.5+05:30', '2024-05-01T03:42:31.500Z'],
    ['2024-05-01 09:12:31', '2024-05-01T09:12:31.000Z'],
    // Python's isoformat and Rails.
    ['2024-05-01T09:12:31', '2024-05-01T09:12:31.000Z'],
    ['2024-05-01T09:12:31.123456+00:00', '2024-05-01T09:12:31.123Z'],
    ['2024-05-01 09:12:31 UTC', '2024-05-01T09:12:31.000Z'],
    ['2024-05-01 09:12:31 +0200', '2024-05-01T07:12:31.000Z'],
  ])('was made at %s', (text, time) => {
    expect(miguelWith({ created_at: text }).createdAtMs).toBe(Date.parse(time));
  });

  it.each(['infinity', '-infinity'])('was made at no known time if that is %s', (text) => {
    expect(miguelWith({ created_at: text }).createdAtMs).toBeUndefined();
  });

  it('is disabled if a flag says so, in JSON or in a text', () => {
    const isDisabled = (flag: unknown) => miguelWith({ disabled: flag }).isDisabled;
    expect([true, 1, '1', 'true', 'TRUE', 't', 'T'].map(isDisabled)).not.toContain(false);
    expect([false, 0, '0', 'False', 'f'].map(isDisabled)).not.toContain(true);
  });

  it.each(['hex', 'base64', 'base64url'] as const)('may have a raw hash in %s', (encoding) => {
    const raw = { salt: SALT.toString(encoding), hash: HASH.toString(encoding) };
    const { passwordHash } = accountFromFields({ ...RAW, ...raw }, 'bytes');
    const [salt, hash] = [SALT, HASH].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
    expect(passwordHash).toBe(`$pbkdf2-sha256$i=1000$${salt}$${hash}`);
  });

  it('decodes the bytes of a salt that could be either as the hash is', () => {
    const salt = 'abcdef01';
    const [inHex, inBase64] = (['hex', 'base64'] as const).map((encoding) => {
      const hash = HASH.toString(encoding);
      const { passwordHash } = accountFromFields({ ...RAW, salt, hash }, 'bytes');
      return passwordHash.split('$')[3];
    });
    expect(inHex).toBe(Buffer.from(salt, 'hex').toString('base64').replace(/=+$/, ''));
    expect(inBase64).toBe(salt);
  });

  it('has a salt of text or bytes as its own field says, else as is said of all', () => {
    const raw = { ...RAW, salt: 'c2FsdHNhbHQ', hash: HASH.toString('base64') };
    const saltOf = (...given: Parameters<typeof accountFromFields>) =>
      accountFromFields(...given).passwordHash.split('$')[3];
    const [asText, asBytes] = ['YzJGc2RITmhiSFE', 'c2FsdHNhbHQ'];
    expect(saltOf(raw, 'text')).toBe(asText);
    expect(saltOf({ ...raw, salt_is: 'text' })).toBe(asText);
    expect(saltOf({ ...raw, salt_is: 'bytes' }, 'text')).toBe(asBytes);
    expect(() => saltOf(raw)).toThrow(
      "the password's hash has a salt that could be text or bytes: say which it is",
    );
  });

  it.each([
    [{ username: undefined }, 'the username is missing'],
    [{ username: 7 }, 'the username is missing'],
    [{ username: 'x' }, 'the username must have 4 to 80 characters'],
    [{ id: ['7'] }, 'the field id must be text, a number, true or false'],
    [{ disabled: [true] }, 'the field disabled must be text, a number, true or false'],
    [{ id: 0 }, 'the id must be a whole number from 1 to 2147483646'],
    [{ id: 1.5 }, 'the id must be a whole number from 1 to 2147483646'],
    [{ id: '1e3' }, 'the id must be a whole number from 1 to 2147483646'],
    [{ id: 2_147_483_647 }, 'the id must be a whole number from 1 to 2147483646'],
    [{ id: true }, 'the id must be a whole number from 1 to 2147483646'],
    [{ created_at: 1769851800 }, 'created_at must be a time such as 2026-01-31T09:30:00Z'],
    [{ created_at: '2026-01-31 9:30' }, 'created_at must be a time such as'],
    [{ created_at: '2026-01-31T09:30+1' }, 'created_at must be a time such as'],
    [{ id: 'auth0|60425d' }, '2147483646; --new-ids takes any and gives new ones'],
    [{ created_at: '2026-02-30' }, 'created_at must be a time such as'],
    [{ created_at: '2026-13-01T00:00Z' }, 'created_at must be a time such as'],
    [{ disabled: 'yes' }, 'disabled must be true or false'],
    [{ disabled: '' }, 'disabled must be true or false'],
  ])('is refused with what is wrong: %j', (fields, fault) => {
    expect(() => miguelWith(fields)).toThrow(fault);
  });

  it.each([
    [{ password_hash: 7 }, 'the password_hash is no text'],
    [{ password_hash: '$1$x$y' }, "the password's hash is MD5-crypt, which is not taken over: "],
    [{ password_hash: BCRYPT, salt: 'x' }, 'it has a password_hash, and also salt'],
    [{ salt: 'x', hash: 'x' }, 'it has no password_hash, and not all of salt, hash'],
    [{ salt: 'x', hash: 'x', iterations: 0 }, 'the iterations must be a whole number from 1'],
    [{ salt: 'x', hash: 'x', iterations: 1, salt_is: 7 }, 'salt_is must be text or bytes'],
    [
      { salt: '-', hash: 'ab', iterations: 1 },
      "the password's hash has a salt of bytes that is not",
    ],
    [
      { salt: 'x', hash: '{}', iterations: 1 },
      "the password's hash is neither hexadecimal nor base64",
    ],
    [{ salt: 'abcd', hash: 'ab', iterations: 1 }, "the password's hash has a salt of less than 4"],
  ])('is refused without a hash that could be verified: %j', (fields, fault) => {
    expect(() => accountFromFields({ username: 'miguel', ...fields }, 'bytes')).toThrow(fault);
  });
});

it('A whole number is named if it is refused', () => {
  expect(positiveInteger('last_id', '007', 7)).toBe(7);
  expect(() => positiveInteger('last_id', 8, 7)).toThrow(
    'the last_id must be a whole number from 1 to 7',
  );
});
