import { parseEnvFile } from './env-file.js';

describe('A .env file', () => {
  it.each([
    ['without quotes', 'A=one', 'one'],
    ['in single quotes', "A='one # $two \\n `'", 'one # $two \\n `'],
    ['in double quotes', 'A="one # \'two\'"', "one # 'two'"],
    ['in no quotes, empty', 'A=', ''],
    ['in quotes, empty', 'A=""', ''],
    ['behind export', 'export A=one', 'one'],
    ['behind export and a tab', '\texport\tA="one"', 'one'],
    ['with spaces around it', '  A = one  ', 'one'],
    ['with spaces in it', 'A=one, two', 'one, two'],
    ['with equals signs in it', 'A=one==', 'one=='],
    ['with a comment behind it', 'A=one # two=2 "three" it\'s', 'one'],
    ['with a comment behind its quotes', "A='one' # 'two'", 'one'],
    ['with a comment alone behind it', 'A= # one', ''],
    ['of a URL', 'A=postgres://u:p%23@h/d?a=b&c=d', 'postgres://u:p%23@h/d?a=b&c=d'],
    ['with letters beyond ASCII', 'A=ñçü😀', 'ñçü😀'],
    ['that is given twice, the last of them', 'A=one\nA=two', 'two'],
  ])('has a value %s', (_, line, value) => {
    expect(parseEnvFile(`${line}\nB=2`)).toEqual({ values: { A: value, B: '2' }, faults: [] });
  });

  it.each([
    ['Unix', '\n'],
    ['Windows', '\r\n'],
    ['old Macs', '\r'],
  ])('has lines as %s ends them', (_, end) => {
    const text = ['# A comment', '', 'A=1', "B='2'", '  # B=3', 'export C="3" # x', ''].join(end);
    expect(parseEnvFile(text)).toEqual({ values: { A: '1', B: '2', C: '3' }, faults: [] });
  });

  const OTHER = 'There is neither NAME=VALUE nor a # comment';

  it.each([
    ['a # that may begin a comment', 'A=secret#secret', /^A .* # outside quotes/],
    ['a # at once', 'A=#secret', /^A .* # outside quotes/],
    ['what a shell replaces', 'A=sec$ret', /^A .*single quotes/],
    ['what a shell replaces in quotes', 'A="sec${ret}"', /^A .*single quotes/],
    ['what a shell runs', 'A=`secret`', /^A .*single quotes/],
    ['a backslash', 'A=sec\\ ret', /^A .*single quotes/],
    ['a backslash in quotes', 'A="sec\\"ret"', /^A .*(quote|single)/],
    ['a quote without its end', 'A="secret', /^A .*the same line/],
    ['a value over several lines', 'A="secret\nC="', /^A .*the same line/],
    ['something behind its quotes', 'A="sec"ret', /^A .*the same line/],
    ['two values', 'A="sec" "ret"', /^A .*the same line/],
    ['quotes within', 'A=sec"r"et', /^A .*a quote/],
    ['an apostrophe', "A=secret's", /^A .*a quote/],
    ['quotation marks of printed text', 'A=“secret”', /^A .*printed/],
    ['a second variable behind it', 'export A=secret C=secret', /^A .*more behind it/],
    ['a semicolon behind it', 'A=secret;', /^A .*more behind it/],
    ['a no-break space behind it', 'A=secret\u00a0', /^A .*white space/],
    ['a control character', 'A=sec\u001bret', /^A .*control character/],
    ['a control character in quotes', "A='sec\u0008ret'", /^A .*control character/],
  ])('is refused by the name if a value has %s', (_, line, fault) => {
    const { faults } = parseEnvFile(`B=2\n${line}`);
    expect(faults[0]).toMatch(fault);
    expect(faults[0]).toMatch(/in line 2 of the file \.env/);
    expect(faults.join()).not.toMatch(/sec|ret\b|\n/);
  });

  it.each([
    ['a name alone', 'secret'],
    ['an export without a value', 'export secret'],
    ['a colon', 'A: secret'],
    ['a command', 'set A=secret'],
    ['PowerShell', '$env:A="secret"'],
    ['what bash lists', 'declare -x A="secret"'],
    ['a name in quotes', '"A"=secret'],
    ['no name', '=secret'],
    ['a no-break space before it', '\u00a0A=secret'],
    ['a byte order mark in the middle', '\ufeffA=secret'],
    ['the comment of another language', '// secret'],
  ])('is refused by the line if that has %s', (_, line) => {
    expect(parseEnvFile(`B=2\r\n${line}\r\n`).faults).toEqual([
      OTHER.replace('There', 'In line 2 of the file .env there'),
    ]);
  });

  describe('with a key in PEM', () => {
    const lines = [
      '-----BEGIN PRIVATE KEY-----',
      'bGluZQ+/',
      'bGFzdA==',
      '-----END PRIVATE KEY-----',
    ];
    const key = lines.join('\n');

    it.each([
      ['in double quotes', `A="${key}"`],
      ['in single quotes', `A='${key}'`],
      ['whose last line break is kept', `A="${key}\n"`],
      ['behind export, with spaces around it', ` export A = '${key}'  `],
      ['with the line breaks of Windows', `A="${lines.join('\r\n')}"`],
    ])('has it %s', (_, text) => {
      expect(parseEnvFile(`${text}\nB=2`)).toEqual({ values: { A: key, B: '2' }, faults: [] });
    });

    it.each([
      ['is not ended', `A="${lines.slice(0, 3).join('\n')}"`],
      ['has more in its lines', `A="${lines[0]}\n$(id)\n${lines[3]}"`],
      ['is followed by more', `A="${key}" B`],
      ['ends with another quote', `A="${key}'`],
      ['has no quote at its end', `A="${key}`],
    ])('is refused if it %s, and no line of it is taken for a variable', (_, text) => {
      const fault =
        'A in line 1 of the file .env is no key in quotes, with the lines that its file has';
      expect(parseEnvFile(`${text}\nB=2`)).toEqual({ values: { B: '2' }, faults: [fault] });
    });

    it('is refused without quotes, and as a comment of which only the first line is one', () => {
      for (const text of [`A=${key}`, `#A="${key}"`]) {
        const { values, faults } = parseEnvFile(text);
        expect(values).not.toHaveProperty('A', key);
        expect(faults.length).toBeGreaterThan(0);
        for (const fault of faults) expect(fault).not.toMatch(/bGlu|bGFz/);
      }
    });
  });

  it('is refused with all faults at once', () => {
    expect(parseEnvFile('A="x\nB\nC=3\nD=$x').faults.map((fault) => fault.slice(0, 9))).toEqual([
      'A in line',
      'In line 2',
      'D in line',
    ]);
  });
});
