import * as fc from 'fast-check';
import { uniqueName, type Client } from '../support/client.js';
import { fuzzing } from '../support/fuzzing.js';
import { Server } from '../support/server.js';

const RUNS = 150;

/** What RFC 8259 does not allow in the place of a value, by the part of its grammar. */
const BROKEN_VALUES: Record<string, string[]> = {
  numbers: [
    ...[
      '-01',
      '01',
      '00',
      '0123',
      '-',
      '--1',
      '+1',
      '++1',
      '-+1',
      '.5',
      '-.5',
      '1.',
      '-2.',
      '1.e1',
    ],
    ...['0.e1', '0.3e', '0.3e+', '1e', '1e+', '1eE2', '1E+', '1.0e-', '2.e+3', '9.e+', '0e', '0E+'],
    ...['0x1', '0x', '0x42', '1_000', '1 000', '1,5', '1a', '1.2a', '1/2', '1+2', '0.1.2', '1ea'],
    ...['NaN', '-NaN', 'nan', 'Infinity', '-Infinity', '+Inf', 'Inf', '-foo', '１２', '²', '1n'],
  ],
  strings: [
    ...['"', '"a', 'a"', "'a'", '`a`', '""a', '"a" "b"', '"a"b"', '“a”', '"\\"', '"\\', '\\"'],
    ...[
      '"\\x00"',
      '"\\a"',
      '"\\0"',
      "'\\''",
      '"\\\'"',
      '"\\`"',
      '"\\ "',
      '"\\\n"',
      '"\\\u{1f300}"',
    ],
    ...[
      '"\\u"',
      '"\\u0"',
      '"\\u00"',
      '"\\u000"',
      '"\\u00g0"',
      '"\\u{1f600}"',
      '"\\U0041"',
      '"\\u 041"',
    ],
    ...[
      '"\\ud800\\u"',
      '"\\ud800\\u1"',
      '"\\ud800\\x"',
      '"\t"',
      '"\n"',
      '"\r"',
      '"\0"',
      '"\u0001"',
    ],
    ...['"\u001f"', '"\b"', '\\u0022a\\u0022', '"a\nb"', '"\\u+041"', '"\\u-041"'],
  ],
  literals: [
    ...[
      'True',
      'TRUE',
      'tru',
      'truee',
      'nul',
      'nulll',
      'NULL',
      'None',
      'nil',
      'fals',
      'False',
      'no',
    ],
    ...[
      'undefined',
      'void 0',
      'true false',
      'truefalse',
      'nil',
      'yes',
      '',
      ' ',
      ',',
      ':',
      '#',
      '@',
    ],
  ],
  lists: [
    ...['[', ']', '[1', '1]', '[,', '[,]', '[1,]', '[1,,2]', '[,1]', '[1 2]', '[1:2]', '["a" "b"]'],
    ...[
      '[1}',
      '[1,',
      '[1,\n',
      '[[1]',
      '[1]]',
      '["a',
      '["a",',
      '[*]',
      '[...a]',
      '(1)',
      '<1>',
      '[1;2]',
    ],
  ],
  objects: [
    ...['{', '}', '{]', '{"a"}', '{"a":}', '{"a" 1}', '{"a"::1}', '{"a":1,}', '{"a":1,,"b":2}'],
    ...[
      '{,"a":1}',
      '{,}',
      '{a:1}',
      "{'a':1}",
      '{1:1}',
      '{null:1}',
      '{"a":1 "b":2}',
      '{"a":1;"b":2}',
    ],
    ...[
      '{"a":1]',
      '{"a":1',
      '{"a":',
      '{"a',
      '{"a":1}}',
      '{"a"=1}',
      '{"a"=>1}',
      '{:1}',
      '{"a":1 b}',
    ],
    ...[
      '{[1]:1}',
      '{"a",1}',
      '{"a":a b}',
      '{"a":/*b*/1}',
      '{"a":1}//',
      '{"a":1}#',
      '{...b}',
      '{"a"',
    ],
  ],
  spaces: [
    ...['\f1', '\v1', '\u00a01', '\u20281', '\u20601', '\ufeff1', '\u30001', '1\0', '\u200b1'],
    ...['/**/1', '// \n1', '1/**/', '<!-- -->1', '1;', '\\n1', '\u001a', '\u0085 1'],
  ],
};

/** Whole texts that are no JSON, or JSON but no object. */
const BROKEN_TEXTS: (string | Uint8Array)[] = [
  ...[' ', '\n', '\ufeff', '\0', '{', '}', '{}}', '{}{}', '{} x', '{}]', '[]', '[{}]', '""', '"a"'],
  ...[
    '0',
    '-1',
    '1e9',
    'true',
    'false',
    'null',
    '{}\0',
    '\0{}',
    '{},',
    ',{}',
    '{}#',
    '{}/**/',
    '({})',
  ],
  ...[
    '[',
    '['.repeat(16_000),
    '{"a":'.repeat(3_000),
    '[{"":'.repeat(3_000),
    `${'['.repeat(8_000)}]`,
  ],
  ...['<html></html>', 'a=b&c=d', '--x\r\nContent-Disposition: form-data', '\u001e{}', ")]}',\n{}"],
  Uint8Array.of(0xef, 0xbb),
  Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0),
  Uint8Array.of(0xfe, 0xff, 0, 0x7b, 0, 0x7d),
  Buffer.from('{"a":1}', 'utf16le'),
  Uint8Array.of(0x7b, 0xe5, 0x7d),
  Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
  Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0xf0, 0x9f, 0x7d),
];

const VALID = '{"username":"susan","password":"py\\u0074hon 😀","token":null,"x":[1.5e-3,true,{}]}';

describe('Malformed JSON', () => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await Server.start());
  });

  const answerTo = async (path: string, body: string | Uint8Array) => {
    const answer = await client.post(path, {
      body,
      headers: { 'content-type': 'application/json' },
    });
    return [answer.status, answer.body?.type as string];
  };

  const malformed = [400, '/problems/malformed-request'];

  it.each(Object.entries(BROKEN_VALUES))(
    'with broken %s is answered with 400 and makes no account (F25)',
    async (_, values) => {
      const username = uniqueName();
      for (const value of values) {
        for (const body of [
          `{"username":"${username}","password":"python","x":${value}}`,
          `{"x":${value},"username":"${username}","password":"python"}`,
          `{"username":"${username}","password":${value}}`,
        ]) {
          expect([body, ...(await answerTo('/user', body))]).toEqual([body, ...malformed]);
        }
      }
      await client.register({ username });
    },
  );

  it.each([
    '/user',
    '/api/users',
    '/authenticate_user',
    '/validate_token',
    '/renew_token',
    '/logout',
  ])('is answered with 400 at %s, whatever is wrong with the whole of it (F25)', async (path) => {
    for (const body of BROKEN_TEXTS) {
      expect([body, ...(await answerTo(path, body))]).toEqual([body, ...malformed]);
    }
  });

  it('is answered with 400 wherever a valid body is cut off (F25)', async () => {
    for (let length = 1; length < VALID.length; length++) {
      const body = VALID.slice(0, length).toWellFormed();
      expect([body, ...(await answerTo('/user', body))]).toEqual([body, ...malformed]);
    }
  });

  it('is answered with 400 wherever something in a valid body is another (F25)', async () => {
    const change = fc.tuple(fc.nat(VALID.length), fc.nat(2), fc.string({ maxLength: 2 }));
    const changed = fc
      .array(change, { minLength: 1, maxLength: 3 })
      .map((changes) =>
        changes.reduce(
          (text, [at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed),
          VALID,
        ),
      )
      .filter((text) => !isJson(text));
    await fc.assert(
      fc.asyncProperty(changed, async (body) => {
        expect(await answerTo('/user', body)).toEqual(malformed);
      }),
      fuzzing(RUNS),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text.toWellFormed());
    return true;
  } catch {
    return false;
  }
}
