import {
  CLIENT,
  JULIET,
  refuseWrites,
  START,
  TOKEN_INVALID,
  TokenRoom,
  UNAVAILABLE,
} from '../../test/support/token-room.js';
import { Session } from './session.entity.js';
import { Token } from './token.entity.js';
import type { UserFacts } from './user-facts.js';

const OWNER = { userId: JULIET, username: 'juliet', client: CLIENT, amr: ['pwd', 'otp', 'mfa'] };

const FACTS: UserFacts = { username: 'juliet', roles: [], isDisabled: false, version: 0 };

const confirmed = () => Promise.resolve(FACTS);

/** How many tokens and how many sessions there are. */
async function counts({ database, storeDatabase }: TokenRoom): Promise<[number, number]> {
  return [
    await storeDatabase.read((manager) => manager.count(Token)),
    await database.read((manager) => manager.count(Session)),
  ];
}

describe('A log-in', () => {
  it('gives a token of a new session, with its row and its event', async () => {
    const room = await TokenRoom.open();
    const { token, duration } = await room.logIn.start(OWNER, confirmed);
    expect(duration).toBe(2_100);
    expect(await room.present(token)).toMatchObject({
      ...{ userId: JULIET, username: 'juliet', amr: OWNER.amr },
    });
    expect(await room.session(token)).toMatchObject({
      ...{ userId: JULIET, username: 'juliet', endedAtMs: null },
      ...{ createdAtMs: START * 1_000, expiresAtSeconds: START + 2_100 },
      ...{ address: CLIENT.address, userAgent: CLIENT.userAgent, amr: 'pwd otp mfa' },
    });
    expect(await room.events()).toEqual(['login.succeeded']);
    expect(await room.counted('gatehouse_logins_total{outcome="succeeded"}')).toBe(1);
  });

  it('has its token in the store before its proof is confirmed, and its row not yet', async () => {
    const room = await TokenRoom.open();
    const seen: [number, number][] = [];
    await room.logIn.start(OWNER, async () => {
      seen.push(await counts(room));
      return FACTS;
    });
    expect([...seen, await counts(room)]).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('takes its token back if its proof no longer holds', async () => {
    const room = await TokenRoom.open();
    const starting = room.logIn.start(OWNER, () => Promise.resolve(undefined));
    await expect(starting).rejects.toMatchObject({ code: 'invalid-login' });
    expect(await counts(room)).toEqual([0, 0]);
    expect(await room.events()).toEqual([]);
    expect(await room.counted('gatehouse_logins_total{outcome="failed"}')).toBe(1);
  });

  it.each(['database', 'storeDatabase'] as const)(
    'is refused with no row and no event if the %s takes no writes',
    async (name) => {
      const room = await TokenRoom.open({}, { isApart: true });
      const takeWrites = await refuseWrites(room[name]);
      await expect(room.logIn.start(OWNER, confirmed)).rejects.toMatchObject(UNAVAILABLE);
      expect((await counts(room))[1]).toBe(0);
      expect(await room.events()).toEqual([]);
      expect(await room.counted('gatehouse_logins_total{outcome="unavailable"}')).toBe(1);
      await takeWrites();
      await room.present(await room.begin());
    },
  );

  it('beyond MAX_SESSIONS ends the session that was renewed least recently', async () => {
    const room = await TokenRoom.open({ MAX_SESSIONS: '2' });
    const renewedLater = await room.begin();
    room.pass(10);
    const stale = await room.begin();
    room.pass(10);
    const renewed = await room.renew(renewedLater);
    room.pass(10);
    const newest = await room.begin();
    expect(await room.areLive(renewed, stale, newest)).toEqual([true, false, true]);
    await expect(room.present(stale)).rejects.toMatchObject(TOKEN_INVALID);
    expect(await room.session(stale)).toMatchObject({ endedAtMs: (START + 30) * 1_000 });
    expect((await room.events()).slice(-2)).toEqual(['login.succeeded', 'session.ended']);
    expect(await room.counted('gatehouse_revocations_total{cause="session_limit"}')).toBe(1);
  });

  it('tells the store what is so of the account at its end, and not at its beginning', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const told = jest.spyOn(room.store, 'describe');
    const read = jest.spyOn(room.database, 'read');
    const present: UserFacts = { ...FACTS, username: 'capulet', roles: ['admin'], version: 2 };
    const { token } = await room.logIn.start(OWNER, () => Promise.resolve(present));
    expect(told.mock.calls).toEqual([[JULIET, present]]);
    expect(read).not.toHaveBeenCalled();
    // Instances of the version before read the name there.
    expect(await room.session(token)).toMatchObject({ username: 'capulet' });
  });

  it('gives no token that outlives its session', async () => {
    const room = await TokenRoom.open({ SESSION_MAX_AGE: '600' });
    const { duration, token } = await room.logIn.start(OWNER, confirmed);
    expect(duration).toBe(600);
    room.pass(599);
    await room.present(token);
    room.pass(1);
    await expect(room.present(token)).rejects.toMatchObject(TOKEN_INVALID);
  });

  it('for a single answer is an event, and no session', async () => {
    const room = await TokenRoom.open();
    await room.logIn.noteWithoutSession(OWNER);
    expect(await counts(room)).toEqual([0, 0]);
    expect(await room.events()).toEqual(['login.succeeded']);
    expect(await room.counted('gatehouse_logins_total{outcome="succeeded"}')).toBe(1);
  });
});
