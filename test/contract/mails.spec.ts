import { runStatement } from '../../src/database/statements.js';
import { join } from 'node:path';
import { MailRoom } from '../support/mail-room.js';
import { addressesOf, MailServer, secretsOf } from '../support/mail-server.js';
import { eventually } from '../support/eventually.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';

const LIMIT_MS = 30_000;
const MINUTE_MS = 60_000;

const JULIET = 7;
const ADDRESS = 'juliet@capulet.example';

const databases = [
  {
    name: 'SQLite',
    newDatabase: () => Promise.resolve(`sqlite:${join(temporaryDirectory(), 'mails.sqlite')}`),
  },
  { name: 'PostgreSQL', newDatabase: () => newPostgresDatabase() },
];

describe.each(databases)('Mails (on $name)', ({ newDatabase }) => {
  let server: MailServer;
  let databaseUrl: string;
  let room: MailRoom;
  let passedMs = 0;

  beforeEach(async () => {
    const now = Date.now.bind(Date);
    passedMs = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + passedMs);
    server = await MailServer.start();
    databaseUrl = await newDatabase();
    room = await MailRoom.open(server, databaseUrl);
    await room.addAccount(JULIET, 'juliet', ADDRESS);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.stop();
  });

  /** Asks for a mail; its id and its secrets, once it has come. */
  async function requested(kind: 'verify-address' | 'reset-password' = 'reset-password') {
    const before = server.mails.length;
    const id = await room.request(kind, JULIET, ADDRESS);
    const mails = await server.mailsTo(ADDRESS, before + 1);
    await room.settled();
    const [mail] = mails.slice(-1);
    if (!mail) throw new Error('No mail');
    return { id, mail, ...secretsOf(mail) };
  }

  /** The account that a secret proves; undefined if none. */
  async function proved(secret: { token: string } | { id: string; code: string }) {
    return (await room.secrets.prove('reset-password', secret))?.userId;
  }

  async function use(token: string): Promise<boolean> {
    const mail = await room.secrets.prove('reset-password', { token });
    if (!mail) return false;
    return room.database.writeFor(JULIET, (manager) => room.secrets.use(manager, mail));
  }

  it('A mail has a link and a code, and goes to one recipient from the one sender', async () => {
    const { mail, token, code } = await requested('verify-address');
    expect(mail.recipients).toEqual([ADDRESS]);
    expect(addressesOf(mail.parsed.to)).toEqual([ADDRESS]);
    expect(addressesOf(mail.parsed.from)).toEqual(['gatehouse@example.com']);
    const link = `https://auth.example.com/account#verify=${token}`;
    for (const body of [mail.parsed.text, String(mail.parsed.html)]) {
      expect(body).toContain(link);
      expect(body).toContain(code);
      expect(body).toContain('juliet');
    }
    expect(mail.parsed.subject).toBe('Verify your address for auth.example.com');
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(mail.user).toBe('gatehouse');
  });

  it('The row has the hashes of the secrets alone', async () => {
    const { token, code } = await requested();
    const rows = JSON.stringify(await room.rows());
    expect(rows).toMatch(/"token_hash":"[\w-]{43}","code_hash":"[\w-]{43}"/);
    for (const secret of [token, code, code.replace('-', '')]) expect(rows).not.toContain(secret);
  });

  it('The link proves its account until it was used once', async () => {
    const { token } = await requested();
    expect(await proved({ token })).toBe(JULIET);
    expect(await proved({ token })).toBe(JULIET);
    expect(await use(token)).toBe(true);
    expect(await proved({ token })).toBeUndefined();
  });

  it('One of many uses of a link at the same time succeeds', async () => {
    const { id, token } = await requested();
    const mail = await room.secrets.prove('reset-password', { token });
    if (!mail) throw new Error(`No mail ${id}`);
    const uses = Array.from({ length: 5 }, () =>
      room.database.write((manager) => room.secrets.use(manager, mail)),
    );
    expect((await Promise.all(uses)).filter(Boolean)).toEqual([true]);
  });

  it('The code works in any case, with or without its separator, and with its own id alone', async () => {
    const { id, code } = await requested();
    const other = await room.request('reset-password', undefined, undefined);
    expect(await proved({ id, code })).toBe(JULIET);
    expect(await proved({ id, code: code.toLowerCase().replace('-', '') })).toBe(JULIET);
    expect(await proved({ id: other, code })).toBeUndefined();
    expect(await proved({ id: 'no-such-mail', code })).toBeUndefined();
  });

  it('A secret of one kind of mail is none of another', async () => {
    const { id, token, code } = await requested('verify-address');
    expect(await proved({ token })).toBeUndefined();
    expect(await proved({ id, code })).toBeUndefined();
  });

  it('After five wrong codes the right one does not work, however many come at once', async () => {
    const { id, code, token } = await requested();
    const wrong = Array.from({ length: 5 }, () => proved({ id, code: 'AAAAA-AAAAA' }));
    expect(await Promise.all(wrong)).toEqual(Array.from({ length: 5 }, () => undefined));
    expect(await proved({ id, code })).toBeUndefined();
    expect(await proved({ token })).toBe(JULIET);
  });

  it('A mail for nobody loses its tries as others do, and no more', async () => {
    const request = { kind: 'reset-password', userId: undefined, recipient: undefined } as const;
    const id = await room.database.write((manager) =>
      room.outbox.request(manager, { ...request, details: {} }),
    );
    for (let time = 0; time < 7; time += 1) {
      expect(await proved({ id, code: 'AAAAA-AAAAA' })).toBeUndefined();
    }
    const rows = await room.database.read((manager) =>
      runStatement(manager, 'SELECT wrong_codes FROM mails WHERE id = $1', [id]),
    );
    expect(rows).toEqual([{ wrong_codes: 5 }]);
  });

  it('A try that was given back can be taken again', async () => {
    const { id, code } = await requested();
    for (let time = 0; time < 8; time += 1) {
      const mail = await room.secrets.prove('reset-password', { id, code });
      if (!mail) throw new Error(`No try is left at time ${time}`);
      await room.secrets.giveBack(mail);
    }
  });

  it('The code lives for ten minutes after the sending, and the link for an hour', async () => {
    const { id, token, code } = await requested();
    passedMs = 9 * MINUTE_MS;
    expect(await proved({ id, code })).toBe(JULIET);
    passedMs = 11 * MINUTE_MS;
    expect(await proved({ id, code })).toBeUndefined();
    passedMs = 59 * MINUTE_MS;
    expect(await proved({ token })).toBe(JULIET);
    passedMs = 61 * MINUTE_MS;
    expect(await proved({ token })).toBeUndefined();
    expect(await use(token)).toBe(false);
  });

  it.each([
    ['the password', (userId: number) => room.changePassword(userId)],
    ['the address', (userId: number) => room.changeAddress(userId)],
  ])('A change of %s makes both secrets void, also between proof and use', async (_, change) => {
    const { id, token, code } = await requested();
    const mail = await room.secrets.prove('reset-password', { token });
    if (!mail) throw new Error('No mail');
    await change(JULIET);
    expect(await proved({ token })).toBeUndefined();
    expect(await proved({ id, code })).toBeUndefined();
    expect(await room.database.write((manager) => room.secrets.use(manager, mail))).toBe(false);
  });

  it('A newer mail of the kind makes the older one void, and one of another kind does not', async () => {
    const older = await requested();
    await requested('verify-address');
    expect(await proved({ token: older.token })).toBe(JULIET);
    const newer = await requested();
    expect(await proved({ token: older.token })).toBeUndefined();
    expect(await proved(older)).toBeUndefined();
    expect(await proved({ token: newer.token })).toBe(JULIET);
  });

  it('A mail is newer than those that an instance wanted whose clock is ahead', async () => {
    const older = await requested();
    passedMs = -MINUTE_MS;
    const newer = await requested();
    expect(await proved({ token: older.token })).toBeUndefined();
    expect(await proved({ token: newer.token })).toBe(JULIET);
  });

  it('A mail that waits is not sent after a newer one of its kind', async () => {
    server.behave('refuse');
    const older = await room.request('reset-password', JULIET, ADDRESS);
    await eventually(() => expect(server.recipientsAsked).toEqual([ADDRESS]), LIMIT_MS);
    server.behave('accept');
    const newer = await requested();
    const rows = await room.rows();
    expect(rows.find(({ id }) => id === older)).toMatchObject({
      due_at_ms: null,
      token_hash: null,
    });
    passedMs = 5 * MINUTE_MS;
    await room.notify('password-changed', JULIET);
    await server.mailsTo(ADDRESS, 2);
    expect(server.mails).toHaveLength(2);
    expect(await proved({ token: newer.token })).toBe(JULIET);
  });

  it('A mail whose secrets are void before it is sent is not sent', async () => {
    server.behave('refuse');
    await room.request('reset-password', JULIET, ADDRESS);
    await eventually(() => expect(server.recipientsAsked).toEqual([ADDRESS]), LIMIT_MS);
    await room.changePassword(JULIET);
    server.behave('accept');
    passedMs = MINUTE_MS;
    await room.settled();
    expect(server.mails).toEqual([]);
    expect(await room.counted('gatehouse_mails_total{outcome="void"}')).toBe(1);
  });

  it("A mail to an address that is not the account's any more is not sent", async () => {
    await room.requestFrom('reset-password', JULIET, 'earlier@capulet.example');
    await room.settled();
    expect(server.mails).toEqual([]);
    expect(await room.counted('gatehouse_mails_total{outcome="void"}')).toBe(1);
  });

  it('The tries of a code that were used before its mail went out are not given again', async () => {
    server.behave('refuse');
    const id = await room.request('reset-password', JULIET, ADDRESS);
    await eventually(() => expect(server.recipientsAsked).toEqual([ADDRESS]), LIMIT_MS);
    for (let time = 0; time < 5; time += 1) await proved({ id, code: 'AAAAA-AAAAA' });
    server.behave('accept');
    passedMs = MINUTE_MS;
    const [mail] = await server.mailsTo(ADDRESS);
    await room.settled();
    if (!mail) throw new Error('No mail');
    expect(await proved({ id, code: secretsOf(mail).code })).toBeUndefined();
    expect(await proved({ token: secretsOf(mail).token })).toBe(JULIET);
  });

  it('An account gets three mails of a kind within an hour, and nothing tells of more', async () => {
    const ids = [];
    for (let time = 0; time < 5; time += 1) {
      ids.push(await room.request('reset-password', JULIET, `juliet${time}@capulet.example`));
    }
    await room.settled();
    expect(server.mails).toHaveLength(3);
    expect(new Set(ids.map((id) => id.length))).toEqual(new Set([22]));
    await room.request('verify-address', JULIET, ADDRESS);
    await server.mailsTo(ADDRESS);
    expect(await room.counted('gatehouse_mails_total{outcome="limited"}')).toBe(2);
  });

  it('A recipient gets three mails of a kind within an hour, whatever the account and the case', async () => {
    for (let userId = 10; userId < 15; userId += 1) {
      await room.addAccount(userId, `user${userId}`, `user${userId}@capulet.example`);
      const address = userId % 2 === 0 ? ADDRESS : ADDRESS.toUpperCase();
      await room.request('verify-address', userId, address);
    }
    await room.settled();
    expect(server.mails).toHaveLength(3);
  });

  it('A request for no account is a row as others are, and no mail', async () => {
    const id = await room.request('reset-password', undefined, undefined);
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(await room.rows()).toMatchObject([{ id, due_at_ms: null, sent_at_ms: null }]);
    expect(await proved({ id, code: 'AAAAA-AAAAA' })).toBeUndefined();
  });

  it('A request that is undone leaves no mail', async () => {
    const undone = room.database.write(async (manager) => {
      await room.outbox.request(manager, {
        ...{ kind: 'reset-password', userId: JULIET, recipient: ADDRESS, details: {} },
      });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await room.rows()).toEqual([]);
  });

  it('What happened is told to the verified address, and to nobody if there is none', async () => {
    await room.addAccount(8, 'romeo');
    await room.notify('factor-added', 8, { factorName: 'phone' });
    expect(await room.rows()).toEqual([]);
    await room.notify('factor-added', JULIET, { factorName: 'my phone' });
    const [mail] = await server.mailsTo(ADDRESS);
    expect(mail?.parsed.text).toContain('my phone');
  });

  it('A server that is down for a while gets every mail later', async () => {
    await server.stop();
    const address = (number: number) => `juliet${number}@capulet.example`;
    for (let number = 20; number < 26; number += 1) {
      await room.addAccount(number, `juliet${number}`, address(number));
      await room.request('reset-password', number, address(number));
    }
    await eventually(
      async () => expect(await room.counted('gatehouse_mails_total{outcome="failed"}')).not.toBe(0),
      LIMIT_MS,
    );
    await server.listen();
    passedMs = 60 * MINUTE_MS;
    for (let number = 20; number < 26; number += 1) await server.mailsTo(address(number));
    await room.settled();
    expect(server.mails).toHaveLength(6);
    const [mail] = await server.mailsTo(address(20));
    if (!mail) throw new Error('No mail');
    expect(await proved({ token: secretsOf(mail).token })).toBe(20);
  });

  it.each(['refuse', 'drop'] as const)(
    'A server that does this with a mail gets it again later: %s',
    async (behaviour) => {
      server.behave(behaviour);
      await room.request('reset-password', JULIET, ADDRESS);
      await eventually(() => expect(server.recipientsAsked).toEqual([ADDRESS]), LIMIT_MS);
      server.behave('accept');
      // Beyond the pause after one that it may have taken.
      passedMs = 15 * MINUTE_MS;
      const mails = await server.mailsTo(ADDRESS);
      await room.settled();
      expect(mails).toHaveLength(1);
      expect(server.recipientsAsked).toEqual([ADDRESS, ADDRESS]);
    },
  );

  it('A mail that a server may have taken comes three times in the first hour at the most', async () => {
    const beganMs = Date.now();
    server.behave('take and drop');
    await room.request('reset-password', JULIET, ADDRESS);
    for (const [index, minute] of [0, 13, 55].entries()) {
      passedMs = minute * MINUTE_MS;
      await eventually(() => expect(server.recipientsAsked).toHaveLength(index + 1), LIMIT_MS);
      // The room of its lane is free once the row says when it is due again.
      await eventually(async () => {
        const [{ due_at_ms: dueAtMs } = { due_at_ms: null }] = await room.rows();
        expect(Number(dueAtMs)).toBeGreaterThan(Date.now() + 7 * MINUTE_MS * (index + 1));
      }, LIMIT_MS);
    }
    const [row] = await room.rows();
    expect(Number(row?.due_at_ms)).toBeGreaterThan(beganMs + 60 * MINUTE_MS);
  });

  it('A recipient at whom a server stalls keeps no other mail waiting', async () => {
    const numbers = [30, 31, 32, 33, 34];
    server.behave('refuse');
    for (const number of numbers) {
      await room.addAccount(number, `stalling${number}`, `stalling${number}@capulet.example`);
      await room.request('reset-password', number, `stalling${number}@capulet.example`);
    }
    await eventually(() => expect(server.recipientsAsked).toHaveLength(5), LIMIT_MS);
    await eventually(async () => {
      for (const row of await room.rows())
        expect(Number(row.due_at_ms)).toBeGreaterThan(Date.now());
    }, LIMIT_MS);
    server.behave('accept');
    server.stallsAt = /^stalling/;
    passedMs = MINUTE_MS;
    await eventually(() => expect(server.recipientsAsked).toHaveLength(8), LIMIT_MS);
    const askedMs = performance.now();
    await room.request('reset-password', JULIET, ADDRESS);
    await server.mailsTo(ADDRESS);
    // A lane that stalls is free again after 15 s.
    expect(performance.now() - askedMs).toBeLessThan(10_000);
  });

  it('Of two mails that were wanted in the same millisecond one is right in the end', async () => {
    server.behave('refuse');
    for (let time = 0; time < 2; time += 1) await room.request('reset-password', JULIET, ADDRESS);
    await eventually(() => expect(server.recipientsAsked).toHaveLength(2), LIMIT_MS);
    await room.makeSameAge();
    server.behave('accept');
    passedMs = MINUTE_MS;
    await room.settled();
    const right = await Promise.all(
      server.mails.map((mail) => proved({ token: secretsOf(mail).token })),
    );
    expect(right.filter(Boolean)).toEqual([JULIET]);
  });

  it('A mail that a server refuses for a day is given up', async () => {
    server.behave('refuse');
    await room.request('reset-password', JULIET, ADDRESS);
    await eventually(() => expect(server.recipientsAsked).toHaveLength(1), LIMIT_MS);
    passedMs = 23 * 60 * MINUTE_MS;
    await eventually(() => expect(server.recipientsAsked).toHaveLength(2), LIMIT_MS);
    expect((await room.rows())[0]?.due_at_ms).not.toBeNull();
    passedMs = 25 * 60 * MINUTE_MS;
    await room.settled();
    expect(server.recipientsAsked).toHaveLength(3);
    expect(await room.counted('gatehouse_mails_total{outcome="given_up"}')).toBe(1);
  });

  it('One that refuses a mail gets the others at once', async () => {
    server.behave('refuse');
    await room.request('reset-password', JULIET, ADDRESS);
    await eventually(() => expect(server.recipientsAsked).toHaveLength(1), LIMIT_MS);
    server.behave('accept');
    await room.notify('password-changed', JULIET);
    await server.mailsTo(ADDRESS);
    expect(server.mails).toHaveLength(1);
  });

  it('A claim that its process never came back to lapses', async () => {
    server.behave('hold');
    await room.request('reset-password', JULIET, ADDRESS);
    await eventually(() => expect(server.recipientsAsked).toHaveLength(1), LIMIT_MS);
    const second = await MailRoom.open(server, databaseUrl);
    server.behaviour = 'accept';
    passedMs = 3 * MINUTE_MS;
    const [mail] = await server.mailsTo(ADDRESS);
    if (!mail) throw new Error('No mail');
    await second.settled();
    expect(await proved({ token: secretsOf(mail).token })).toBe(JULIET);
  });
});

it('Two instances on PostgreSQL send each of many mails once', async () => {
  const server = await MailServer.start();
  const databaseUrl = await newPostgresDatabase();
  const rooms = [
    await MailRoom.open(server, databaseUrl),
    await MailRoom.open(server, databaseUrl),
    await MailRoom.open(server, databaseUrl),
  ];
  const [first] = rooms;
  if (!first) throw new Error('No room');
  const address = (number: number) => `user${number}@capulet.example`;
  for (let number = 1; number <= 40; number += 1) {
    await first.addAccount(number, `user${number}`, address(number));
  }
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      await rooms[index % 3]?.request('reset-password', index + 1, address(index + 1));
    }),
  );
  await eventually(() => expect(server.mails.length).toBeGreaterThanOrEqual(40), LIMIT_MS);
  await first.settled();
  expect(server.mails).toHaveLength(40);
  const totals = rooms.map((room) => room.counted('gatehouse_mails_total{outcome="sent"}'));
  const counts = await Promise.all(totals);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(1);
});
