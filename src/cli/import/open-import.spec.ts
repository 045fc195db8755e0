import { Readable } from 'node:stream';
import type { ImportedAccount } from '../../users/accounts-import.js';
import { textAccounts } from './files/text-accounts.js';
import { openImport, type ImportChoices } from './open-import.js';

const BCRYPT = '$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232';
const UUID = '826731b2-bf17-4bd9-b45c-6a26c77dda01';

const CHOICES: ImportChoices = { from: undefined, ignored: [], keepsIds: true, settings: {} };

const open = async (text: string, choices: Partial<ImportChoices> = {}) =>
  openImport(await textAccounts(Readable.from([text]), undefined), { ...CHOICES, ...choices });

/** What a text is read as: the format's name, each account or its fault, and what was left out. */
async function read(text: string, choices: Partial<ImportChoices> = {}) {
  const { format, reader, rows } = await open(text, choices);
  const found: (Partial<ImportedAccount> | string | undefined)[] = [];
  for await (const { fields = {} } of rows) {
    try {
      const record = reader.read(fields);
      found.push(record && ('account' in record ? record.account : `last ${record.lastId}`));
    } catch (error) {
      found.push((error as Error).message);
    }
  }
  return { format: format.name, found, leftOut: [...reader.leftOut] };
}

/** Of accounts that have a bcrypt hash. */
const readOne = (fields: object, choices?: Partial<ImportChoices>) =>
  read(JSON.stringify({ username: 'miguel', password_hash: BCRYPT, ...fields }), choices);

const refusalOf = async (text: string, choices?: Partial<ImportChoices>): Promise<string> => {
  const error: unknown = await open(text, choices).catch((reason: unknown) => reason);
  if (!(error instanceof Error)) throw new Error(`It was not refused: ${text}`);
  return error.message;
};

describe('An import', () => {
  it.each([
    ['username', 'password_hash', 'created_at'],
    ['UserName', 'passwordHash', 'createdAt'],
    ['login', 'encrypted_password', 'date_joined'],
    ['email', 'pw_hash', 'Registered At'],
  ])('takes fields under their usual names: %s, %s, %s', async (name, password, created) => {
    const { found } = await read(`${name},${password},${created}\nmiguel,${BCRYPT},2026-01-31`);
    expect(found).toMatchObject([
      { username: 'miguel', passwordHash: BCRYPT, createdAtMs: Date.UTC(2026, 0, 31) },
    ]);
  });

  it.each([
    ['disabled', [true, 't', 1], [false, 'f', 0]],
    ['is_active', [false, 'f', '0'], [true, 't', '1']],
    ['enabled', [false], [true]],
    ['banned', [true], [false, null]],
    ['deletedAt', ['2026-01-31 09:30:00+00'], [null, '', false]],
    ['banned_until', ['2999-01-31 09:30:00+00'], ['2020-01-31 09:30:00+00', null]],
    ['banned_until', ['infinity', 'Infinity'], ['-infinity']],
    ['banned_at', ['infinity', '-infinity'], []],
  ])('disables an account by its field %s', async (name, disabled, enabled) => {
    for (const value of [...disabled, ...enabled]) {
      const { found } = await readOne({ [name]: value });
      expect(found).toMatchObject([{ isDisabled: (disabled as unknown[]).includes(value) }]);
    }
  });

  it('disables an account if any of its fields says so', async () => {
    const { found } = await readOne({ disabled: true, is_active: true, banned: false });
    expect(found).toMatchObject([{ isDisabled: true }]);
  });

  it.each([
    [{ is_active: 'perhaps' }, 'is_active must be true or false'],
    [{ is_active: null }, 'is_active must be true or false'],
    [{ banned_until: 'soon' }, 'banned_until must be a time such as 2026-01-31T09:30:00Z'],
  ])('refuses an account that does not say whether it is disabled: %j', async (fields, fault) => {
    expect((await readOne(fields)).found).toEqual([fault]);
  });

  it('refuses what it does not know, in one message, before any account', async () => {
    expect(await refusalOf(`username,password,email,shoe size\nmiguel,${BCRYPT},x,44`)).toBe(
      'The first line does not fit: columns email, shoe size are not known. ' +
        "--ignore 'email,shoe size' leaves out what is not needed, and --from says what wrote the file",
    );
    expect(await refusalOf(`[{"username":"miguel","password":"${BCRYPT}","nick":"m"}]`)).toBe(
      'The first account does not fit: field nick is not known. ' +
        '--ignore nick leaves out what is not needed, and --from says what wrote the file',
    );
    expect(await refusalOf('{"users":[{"username":"miguel"}],"groups":[]}')).toMatch(
      /^Beside its users the document has what is not known here: groups\. --ignore groups /,
    );
  });

  it('refuses a later account that has a field that is not known', async () => {
    const rows = [{}, { nick: 'm' }].map((fields) =>
      JSON.stringify({ username: 'miguel', password: BCRYPT, ...fields }),
    );
    expect((await read(rows.join('\n'))).found[1]).toBe('the field nick is not known');
  });

  it('leaves out what it is told to, under any spelling, also what it would know', async () => {
    const fields = { nickName: 'm', disabled: true, id: 'x', nothing: null };
    const { found } = await readOne(fields, { ignored: ['nick_name', 'Disabled', 'id'] });
    expect(found).toMatchObject([{ username: 'miguel', isDisabled: false, id: undefined }]);
    const { found: users } = await read('{"users":[],"groups":[]}', { ignored: ['groups'] });
    expect(users).toEqual([]);
  });

  it('asks which of two fields counts', async () => {
    expect(await refusalOf('username,password,created,date_joined\n')).toBe(
      'The first line does not fit: columns created and date_joined tell the same. ' +
        '--ignore date_joined leaves one out',
    );
  });

  it('says what it can read, if it knows no field', async () => {
    const message = await refusalOf('{"a":1}\n{"a":2}');
    expect(message).toMatch(/^No account is known by such fields: a\. --from says .*keycloak/);
    expect(await refusalOf('password\nx')).toMatch(/: there is no column username\. /);
    const many = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`f${index}`, 1]));
    expect(await refusalOf(JSON.stringify(many))).toMatch(/: f0, .*, f11…\. /);
  });

  it('takes any id if new ones are given', async () => {
    const { found } = await readOne({ id: UUID }, { keepsIds: false });
    expect(found).toMatchObject([{ username: 'miguel', id: undefined }]);
    expect((await readOne({ id: UUID })).found).toEqual([
      expect.stringMatching(/^the id must be a whole number .*; --new-ids takes any/),
    ]);
  });

  it('has the format of the first account that can be read', async () => {
    const django = { username: 'miguel', password: BCRYPT, is_active: false, date_joined: null };
    const { format, found } = await read(`{\n7\n${JSON.stringify(django)}`);
    expect(format).toBe('django');
    expect(found[2]).toMatchObject({ username: 'miguel', isDisabled: true });
  });
});

describe('An import from', () => {
  it('Django takes the entries of dumpdata, and leaves out those of other models', async () => {
    const user = { password: BCRYPT, username: 'miguel', is_active: false, is_staff: true };
    const entries = [
      { model: 'auth.group', pk: 1, fields: { name: 'staff' } },
      { model: 'shop.user', pk: 7, fields: { ...user, date_joined: '2026-01-31T09:30:00.123Z' } },
    ];
    const { format, found, leftOut } = await read(JSON.stringify(entries));
    expect(format).toBe('django');
    expect(found).toEqual([
      undefined,
      {
        ...{ username: 'miguel', passwordHash: BCRYPT, id: 7, isDisabled: true, roles: undefined },
        createdAtMs: Date.parse('2026-01-31T09:30:00.123Z'),
      },
    ]);
    expect(leftOut).toEqual(['entries of other kinds', 'is_staff']);
  });

  it('Keycloak takes credentials of before version 8 too, and refuses users that have none', async () => {
    const credential = {
      ...{ type: 'password', hashIterations: 27_500, algorithm: 'pbkdf2-sha256' },
      ...{
        hashedSaltedValue: Buffer.alloc(32, 7).toString('base64'),
        salt: 'AAAAAAAAAAAAAAAAAAAAAA==',
      },
    };
    const users = [
      { username: 'miguel', enabled: true, credentials: [{ type: 'otp' }, credential] },
      { username: 'julia', enabled: true, credentials: [{ type: 'otp' }] },
      { username: 'susan', createdTimestamp: 'x', credentials: [credential] },
      {
        username: 'david',
        credentials: [{ type: 'password', secretData: '{secret', credentialData: '{}' }],
      },
    ];
    const { format, found } = await read(JSON.stringify({ realm: 'shop', users, roles: {} }));
    expect(format).toBe('keycloak');
    expect(found).toEqual([
      expect.objectContaining({
        passwordHash: expect.stringMatching(/^\$pbkdf2-sha256\$i=27500\$A{22}\$/),
      }),
      'it has no password',
      'createdTimestamp must be a time in milliseconds since 1970',
      'the credential of its password is not as Keycloak writes it',
    ]);
  });

  it.each([
    ['none', {}, /^Firebase's hashes cannot be verified without .*--hash-config FILE/],
    ['no key', { rounds: 8, mem_cost: 14 }, /: base64_signer_key must be a text of base64$/],
    ['another function', { algorithm: 'HMAC_SHA256' }, /: algorithm must be SCRYPT$/],
  ])('Firebase needs the parameters of its project: %s', async (_, hash_config, message) => {
    const document = { users: [{ localId: 'x', email: 'miguel@example.org' }] };
    const given = Object.keys(hash_config).length > 0 && { hash_config };
    expect(await refusalOf(JSON.stringify({ ...document, ...given }))).toMatch(message);
  });

  it('Supabase and Devise takes the address for the name', async () => {
    const supabase =
      'instance_id,id,email,encrypted_password,created_at,banned_until,raw_user_meta_data,phone\n' +
      `x,${UUID},miguel@example.org,${BCRYPT},2026-01-31 09:30:00+00,2999-01-01 00:00:00+00,"{""a"":1}",`;
    expect(await read(supabase)).toMatchObject({
      format: 'supabase',
      found: [{ username: 'miguel@example.org', id: undefined, isDisabled: true }],
      leftOut: ['instance_id', 'id', 'raw_user_meta_data'],
    });
    const devise = `id,email,encrypted_password,reset_password_token\n7,miguel@example.org,${BCRYPT},`;
    expect(await read(devise)).toMatchObject({
      ...{ format: 'devise', found: [{ username: 'miguel@example.org', id: 7 }], leftOut: [] },
    });
  });

  it('ASP.NET Core Identity takes who is locked out for disabled', async () => {
    const text =
      'Id,UserName,NormalizedUserName,Email,PasswordHash,LockoutEnd\n' +
      `${UUID},Miguel,MIGUEL,m@example.org,${BCRYPT},9999-12-31 23:59:59+00:00`;
    expect(await read(text)).toMatchObject({
      format: 'aspnet',
      found: [{ username: 'miguel', isDisabled: true }],
      leftOut: ['Id', 'NormalizedUserName', 'Email'],
    });
  });

  it('a system that is named is read as that one', async () => {
    const text = `username,password,email\nmiguel,${BCRYPT},m@example.org`;
    expect(await read(text, { from: 'werkzeug' })).toMatchObject({
      ...{ format: 'werkzeug', found: [{ username: 'miguel' }], leftOut: ['email'] },
    });
  });
});
