import { forwardedFor } from './forwarded-for.js';

const read = (headers: Record<string, string>) =>
  [...forwardedFor(headers)].map((address) => address?.toString());

/** Every way in which proxies write the address of their client. */
const NODES = [
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:5678', '192.0.2.7'],
  ['192.0.2.7:_port', '192.0.2.7'],
  ['[192.0.2.7]:5678', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7:5678', '192.0.2.7'],
  ['[::ffff:192.0.2.7]:5678', '192.0.2.7'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:db8::1]:_obfuscated', '2001:db8::1'],
  ['2001:db8:0:0:0:0:0:1:443', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25eth0]:443', 'fe80::1'],
] as const;

const NOT_ADDRESSES = [
  ...['unknown', '_hidden', '_SEVKISEK:80', 'unix:', 'localhost', 'localhost:80', '-'],
  ...[
    '192.0.2.7:port',
    '192.0.2.7:123456',
    '192.0.2.256',
    '1',
    '0x7f.0.0.1',
    '[]:80',
    '[::1',
    '::1]',
  ],
  ...['<script>', '192.0.2.7 203.0.113.9', 'for=192.0.2.7', '"', '[[::1]]'],
];

describe('X-Forwarded-For', () => {
  it.each(NODES)('names an address in every spelling: %s', (node, address) => {
    expect(read({ 'x-forwarded-for': node })).toEqual([address]);
    expect(read({ 'x-forwarded-for': `"${node}"` })).toEqual([address]);
    expect(read({ 'x-forwarded-for': `a lie,  ${node}\t` })[0]).toBe(address);
  });

  it.each(NOT_ADDRESSES)('names no address by %s', (node) => {
    expect(read({ 'x-forwarded-for': `192.0.2.1, ${node}` })[0]).toBeUndefined();
  });

  it('is read from its end, without what is empty in it', () => {
    const list = ', 192.0.2.1:80,, [2001:db8::1]:443 ,unknown, 192.0.2.3 ,';
    expect(read({ 'x-forwarded-for': list })).toEqual([
      '192.0.2.3',
      undefined,
      '2001:db8::1',
      '192.0.2.1',
    ]);
    expect(read({ 'x-forwarded-for': ' ' })).toEqual([]);
  });

  it('counts in the place of Forwarded', () => {
    const headers = { forwarded: 'for=203.0.113.9', 'x-forwarded-for': '192.0.2.1' };
    expect(read(headers)).toEqual(['192.0.2.1']);
  });
});

describe('Forwarded', () => {
  it.each(NODES)('names an address in every spelling: %s', (node, address) => {
    for (const element of [
      `for="${node}"`,
      `For=${node}`,
      `proto=https;FOR="${node}";by="[2001:db8::9]:80"`,
      `host="a,for=203.0.113.9;for=203.0.113.9\\"" ; for="${node}";`,
      `for=203.0.113.9, for="${node}"`,
    ]) {
      expect([element, read({ forwarded: element })[0]]).toEqual([element, address]);
    }
  });

  it.each([
    ...NOT_ADDRESSES.map((node) => `for="${node}"`),
    ...['for=', 'proto=https', 'by=203.0.113.9', 'for=1.2.3.4;for=5.6.7.8', 'for = 1.2.3.4'],
    ...['1.2.3.4', 'for=1.2.3.4 proto=http', 'for="1.2.3.4', 'xfor=1.2.3.4', 'host="a;for=1.2.3.4'],
  ])('names no address by %s', (element) => {
    expect(read({ forwarded: element })[0]).toBeUndefined();
  });

  it('is read from its end', () => {
    const list = 'for=192.0.2.1;proto=http, , for="[2001:db8::1]:443";host="a, b", for=_hidden';
    expect(read({ forwarded: list })).toEqual([undefined, '2001:db8::1', '192.0.2.1']);
  });

  it.each(['for="', 'for=203.0.113.9;host="', '"', '\\', 'host="\\', '\\"', ',"\\","'])(
    'is not bent by what a client wrote before: %s',
    (lie) => {
      for (const honest of ['for=192.0.2.7', 'for="[2001:db8::1]:80";host="a\\"b"']) {
        expect(read({ forwarded: `${lie}, ${honest}` })[0]).toBe(read({ forwarded: honest })[0]);
      }
    },
  );

  it.each(['"', '\\"', 'for="\\', '[', ',', ';', 'for=', ' '])(
    'takes no time however long it is, of %j',
    (piece) => {
      const startedMs = performance.now();
      for (const name of ['forwarded', 'x-forwarded-for']) {
        read({ [name]: piece.repeat(16_384 / piece.length) });
      }
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    },
  );
});
