import { CommandFailure } from '../../exit-codes.js';
import { csvReader } from './csv-fields.js';

/** What the first line is refused with. */
async function refusalOf(head: string): Promise<CommandFailure> {
  const error: unknown = await csvReader(head).catch((reason: unknown) => reason);
  if (!(error instanceof CommandFailure)) throw new Error(`It was not refused: ${head}`);
  return error;
}

describe('A row of CSV', () => {
  it('has the fields that the first line names, in its order and its spelling', async () => {
    const { read } = await csvReader('"ID", UserName ,created_at');
    expect(read('7,miguel,2026-01-31')).toEqual({
      ...{ ID: '7', UserName: 'miguel', created_at: '2026-01-31' },
    });
  });

  it('has no field if a cell is empty, quoted or not', async () => {
    const { read } = await csvReader('username,id,disabled');
    expect(read('miguel,,')).toEqual({ username: 'miguel' });
    expect(read('"miguel","",1')).toEqual({ username: 'miguel', disabled: '1' });
  });

  it('may have commas and quotes in quotes, and spaces, which are kept', async () => {
    const { read } = await csvReader('username,password_hash');
    expect(read('"a ""b""",$argon2id$')).toEqual({
      username: 'a "b"',
      password_hash: '$argon2id$',
    });
    expect(read('miguel,"$argon2id$v=19$m=8,t=1,p=1$"')).toEqual({
      ...{ username: 'miguel', password_hash: '$argon2id$v=19$m=8,t=1,p=1$' },
    });
    expect(read(' miguel , ')).toEqual({ username: ' miguel ', password_hash: ' ' });
  });

  it('is refused with its number of columns if the first line has another', async () => {
    const { read } = await csvReader('username,id');
    expect(() => read('miguel')).toThrow('it has 1 columns, and the first line 2');
    expect(() => read('miguel,7,')).toThrow('it has 3 columns, and the first line 2');
    expect(() => read('"mi,guel",7,x')).toThrow('it has 3 columns, and the first line 2');
  });

  it.each([
    ['not closed', 'miguel,"secret', 'CSV_QUOTE_NOT_CLOSED'],
    ['in the middle of a cell', 'miguel,se"cret"', 'INVALID_OPENING_QUOTE'],
    ['closed before the end of a cell', 'miguel,"se"cret', 'CSV_INVALID_CLOSING_QUOTE'],
  ])('is refused, and not shown, if a quote is %s', async (_, line, code) => {
    const { read } = await csvReader('username,password_hash');
    expect(() => read(line)).toThrow(new Error(`it is not CSV (${code})`));
  });
});

describe('The separator of CSV', () => {
  it.each([
    ['a semicolon', 'username;password_hash;id', 'mi,guel;$argon2id$v=19$m=8,t=1,p=1$;7'],
    ['a tab', 'username\tpassword_hash\tid', 'mi,guel\t$argon2id$v=19$m=8,t=1,p=1$\t7'],
    ['quoted', '"username";"password_hash";"id"', '"mi,guel";$argon2id$v=19$m=8,t=1,p=1$;7'],
  ])('is found in the first line: %s', async (_, head, line) => {
    const { read } = await csvReader(head);
    expect(read(line)).toEqual({
      ...{ username: 'mi,guel', password_hash: '$argon2id$v=19$m=8,t=1,p=1$', id: '7' },
    });
  });

  it('is the one that is said, if one is', async () => {
    const { read } = await csvReader('username|id', '|');
    expect(read('miguel|7')).toEqual({ username: 'miguel', id: '7' });
  });

  it('leaves out what a database dumped as NULL', async () => {
    const { read } = await csvReader('username\tcreated_at');
    expect(read('miguel\t\\N')).toEqual({ username: 'miguel' });
  });
});

describe('The first line of CSV', () => {
  it.each([
    ['is blank', '  ', 'it is blank'],
    ['has a name twice', 'username,id,USERNAME', 'column username stands twice'],
    [
      'has a name twice in two spellings',
      'username,created_at,createdAt',
      'column createdat stands twice',
    ],
    ['has no name of users or passwords', 'name,active', 'column 1 is not known'],
    ['has a quote that is not closed', 'username,"id', 'it is not CSV (CSV_QUOTE_NOT_CLOSED)'],
  ])('is refused if it %s', async (_, head, reason) => {
    const { code, message } = await refusalOf(head);
    expect(code).toBe('unknown-columns');
    expect(message).toBe(
      `The first line is neither a JSON object nor names of columns: ${reason}. Columns are username, ` +
        'password_hash, salt, hash, iterations, salt_is, id, created_at, disabled, roles, ' +
        'with commas, semicolons or tabs between them',
    );
  });

  it('is not shown if it is an account', async () => {
    for (const account of ['miguel,$2b$12$secret', 'miguel;$2b$12$secret;active']) {
      const { message } = await refusalOf(account);
      expect(message).toContain(': column 1 is not known. ');
      expect(message).not.toMatch(/miguel|secret/);
    }
  });
});
