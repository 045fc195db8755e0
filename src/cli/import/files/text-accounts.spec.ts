import { Readable } from 'node:stream';
import type { AccountRow } from './account-source.js';
import { textAccounts } from './text-accounts.js';

/** The rows of a text that comes in these pieces. */
async function rowsOf(...pieces: (string | Buffer)[]): Promise<AccountRow[]> {
  const { rows } = await textAccounts(Readable.from(pieces), undefined);
  const found: AccountRow[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** Places, with fields or faults. */
async function read(...pieces: (string | Buffer)[]): Promise<[string, unknown][]> {
  return (await rowsOf(...pieces)).map(({ place, fields, fault }) => [place, fields ?? fault]);
}

describe('A text of accounts', () => {
  it('is JSON lines if the first one is an object', async () => {
    expect(await read('{"username":"miguel","id":7}\n{"disabled":true}\n')).toEqual([
      ['line 1', { username: 'miguel', id: 7 }],
      ['line 2', { disabled: true }],
    ]);
  });

  it('is else CSV, whose rows begin below the names of the columns', async () => {
    expect(await read('username,id\nmiguel,7\njulia,')).toEqual([
      ['line 2', { username: 'miguel', id: '7' }],
      ['line 3', { username: 'julia' }],
    ]);
    expect(await read('username')).toEqual([]);
  });

  it('may have a byte order mark, and lines that end as on Windows', async () => {
    const miguel = { username: 'miguel' };
    expect(await read('\uFEFF{"username":"miguel"}\r\n')).toEqual([['line 1', miguel]]);
    expect(await read('\uFEFFusername\r\nmiguel\r\n')).toEqual([['line 2', miguel]]);
  });

  it('may have blank lines, which are no rows and count as lines', async () => {
    const places = async (text: string) => (await rowsOf(text)).map(({ place }) => place);
    expect(await places(' {"id":1}\n\n  \n{"id":2}\n\n')).toEqual(['line 1', 'line 4']);
    expect(await places('username\n\nmiguel')).toEqual(['line 3']);
  });

  it('has a fault in a line that is not UTF-8', async () => {
    const latin1 = Buffer.from('username\nmüller\njulia', 'latin1');
    expect(await read(latin1)).toEqual([
      ['line 2', 'it is not UTF-8: save the file as UTF-8'],
      ['line 3', { username: 'julia' }],
    ]);
  });

  it('has a fault in each bad line, which shows nothing of it, and fields in the others', async () => {
    const lines = ['{"username":"miguel', '7', '[]', '"secret"', '{"username":"julia"}'];
    expect(await read(lines.join('\n'))).toEqual([
      ['line 1', 'it is not JSON'],
      ['line 2', 'it is no JSON object'],
      ['line 3', 'it is no JSON object'],
      ['line 4', 'it is no JSON object'],
      ['line 5', { username: 'julia' }],
    ]);
    expect(await read('username,id\nmiguel\njulia,7')).toEqual([
      ['line 2', 'it has 1 columns, and the first line 2'],
      ['line 3', { username: 'julia', id: '7' }],
    ]);
  });

  it.each([
    ['lists accounts', '[{"username":"miguel"},\n7,{"id":3}]'],
    ['has a list of users', '{"users":[{"username":"miguel"},7,{"id":3}]}'],
    [
      'has one in many lines',
      '{\n  "realm": "shop",\n  "users": [{"username":"miguel"},7,{"id":3}]\n}',
    ],
  ])('is one JSON document if it %s', async (_, text) => {
    expect(await read(text)).toEqual([
      ['entry 1', { username: 'miguel' }],
      ['entry 2', 'it is no JSON object'],
      ['entry 3', { id: 3 }],
    ]);
  });

  it('is one account if a document has no list', async () => {
    expect(await read('{\n"username":\n"miguel"}')).toEqual([['entry 1', { username: 'miguel' }]]);
  });

  it('says what stands beside the users of a document', async () => {
    const { beside, total } = await textAccounts(
      Readable.from(['{"users":[{}],"realm":"shop"}']),
      undefined,
    );
    expect([beside, total]).toEqual([{ realm: 'shop' }, 1]);
  });

  it('shows nothing of a document that is no JSON, but where it is none', async () => {
    await expect(rowsOf('[\n{"username":"secret"\n}')).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(/^The file is neither JSON lines nor a JSON document/),
    });
    await expect(rowsOf('[\n{"username":"secret"\n}')).rejects.not.toMatchObject({
      message: expect.stringContaining('secret'),
    });
  });

  it('is refused as a document of more than 64 MiB, and not kept in memory', async () => {
    function* endless() {
      yield '[';
      for (;;) yield `"${'x'.repeat(1_000)}",\n`.repeat(1_000);
    }
    await expect(textAccounts(Readable.from(endless()), undefined)).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('is refused if a line does not end', async () => {
    function* endless() {
      yield 'username\n';
      for (;;) yield 'x'.repeat(1024 * 1024);
    }
    await expect(textAccounts(Readable.from(endless()), undefined)).rejects.toMatchObject({
      code: 'unreadable-file',
    });
  });

  it.each(['\n', '\r\n', '\r'])(
    'may have line breaks in quotes, and goes on below them: %j',
    async (end) => {
      const lines = [
        '"user',
        'name",id',
        '"a ""b""',
        '',
        ',7',
        'c",8',
        'julia,9',
        '"x\ny",""',
        'susan,',
      ];
      expect(await read(lines.join(end))).toEqual([
        ['lines 3 to 6', { 'user\nname': 'a "b"\n\n,7\nc', id: '8' }],
        ['line 7', { 'user\nname': 'julia', id: '9' }],
        [expect.stringMatching(/^lines 8 to \d+$/), { 'user\nname': 'x\ny' }],
        [expect.stringMatching(/^line 1\d$/), { 'user\nname': 'susan' }],
      ]);
    },
  );

  it('has as many line breaks in quotes as somebody wrote, and no account in them', async () => {
    const note = 'mallory,1\n'.repeat(100_000);
    const rows = await rowsOf(`username,note\nmiguel,"${note}"\njulia,`);
    expect(rows.map(({ place, fields }) => [place, fields?.username])).toEqual([
      ['lines 2 to 100002', 'miguel'],
      ['line 100003', 'julia'],
    ]);
    expect(rows[0]?.fields?.note).toBe(note);
  });

  it('has a fault in a row of several lines, which takes no line below with it', async () => {
    const lines = [
      'username,id',
      'miguel,"a',
      'b",7',
      'julia,"',
      'x"y',
      '"z"a,"',
      'susan,"\ufffd',
      '"',
      'anna,8',
    ];
    expect(await read(lines.join('\n'))).toEqual([
      ['lines 2 to 3', 'it has 3 columns, and the first line 2'],
      ['lines 4 to 5', 'it is not CSV (CSV_INVALID_CLOSING_QUOTE)'],
      ['line 6', 'it is not CSV (CSV_INVALID_CLOSING_QUOTE)'],
      ['lines 7 to 8', 'it is not UTF-8: save the file as UTF-8'],
      ['line 9', { username: 'anna', id: '8' }],
    ]);
  });

  it('says where a quote begins that is never closed, below the rows above', async () => {
    const text = 'username,id\njulia,7\nmiguel,"secret\nmallory,8\n';
    const { rows } = await textAccounts(Readable.from([text]), undefined);
    const iterator = rows[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ fields: { username: 'julia', id: '7' } });
    await expect(iterator.next()).rejects.toMatchObject({
      code: 'unreadable-file',
      message: 'A quote begins in line 3 and is never closed, so nothing below is read',
    });
    await expect(rowsOf('username,"id\nmiguel,7')).rejects.toMatchObject({
      message: 'A quote begins in line 1 and is never closed, so nothing below is read',
    });
  });

  it('says where a quote begins whose text has no end, and does not keep it in memory', async () => {
    function* endless() {
      yield 'username,note\nmiguel,"';
      for (;;) yield `${'x'.repeat(1_000)}\n`.repeat(1_000);
    }
    const { rows } = await textAccounts(Readable.from(endless()), undefined);
    await expect(rows[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(/^A quote begins in line 2 and is not closed within \d+ char/),
    });
  });

  it('has lines of htpasswd, with what Dovecot writes behind them', async () => {
    const hash = '$2y$05$1nN.Aa75vijZym1XbVvuseom5cI1.jBB5ucj0Gx68Kmx.ox/C2JRO';
    expect(await read(`miguel:${hash}\njulia:{BLF-CRYPT}${hash}::::::\nsusan\n`)).toEqual([
      ['line 1', { username: 'miguel', password_hash: hash }],
      ['line 2', { username: 'julia', password_hash: `{BLF-CRYPT}${hash}` }],
      ['line 3', 'it is no name, colon and hash'],
    ]);
  });

  it('may say its separator in the first line, as Excel does', async () => {
    expect(await read('sep=|\nusername|id\nmiguel|7')).toEqual([
      ['line 3', { username: 'miguel', id: '7' }],
    ]);
  });

  it.each([
    ['UTF-16 of Windows', 'utf16le', '\uFEFF'],
    ['UTF-16 without a mark', 'utf16le', ''],
  ] as const)('may be %s, in pieces of any size', async (_, encoding, mark) => {
    const little = Buffer.from(`${mark}username;id\r\njülia;7\r\n`, encoding);
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big]) {
      const pieces = [...bytes].map((byte) => Buffer.from([byte]));
      expect(await read(...pieces)).toEqual([['line 2', { username: 'jülia', id: '7' }]]);
    }
  });

  it('may have the line ends of old Macs', async () => {
    expect(await read('username\rmiguel\r', '\njulia')).toEqual([
      ['line 2', { username: 'miguel' }],
      ['line 3', { username: 'julia' }],
    ]);
  });

  it('is UTF-8, also if a character comes in two pieces', async () => {
    const bytes = Buffer.from('username\njülia\n');
    const middle = bytes.indexOf('ü') + 1;
    const pieces = [bytes.subarray(0, middle), bytes.subarray(middle)];
    expect(await read(...pieces)).toEqual([['line 2', { username: 'jülia' }]]);
  });

  it('tells how much of it was read, in bytes', async () => {
    const [first, second] = await rowsOf('username\nmiguel\njülia\n');
    expect(second!.done - first!.done).toBe(Buffer.byteLength('jülia\n'));
    expect((await textAccounts(Readable.from(['username']), 8)).total).toBe(8);
  });

  it('is refused if it is empty, or has no names of columns', async () => {
    await expect(rowsOf()).rejects.toMatchObject({ code: 'empty-file' });
    await expect(rowsOf('\n{"username":"miguel"}')).rejects.toMatchObject({
      code: 'unknown-columns',
    });
  });
});
