import { claimsOf } from '../../test/support/client.js';
import {
  JULIET,
  refuseWrites,
  TOKEN_INVALID,
  TokenRoom,
  UNAVAILABLE,
} from '../../test/support/token-room.js';

const LIFETIME = 2_100;
const PAST_HALF_LIFE = LIFETIME / 2 + 1;
const GRACE = 300;
const REUSE_INTERVAL = 10;

describe('A hard renewal', () => {
  it('gives the next token; the presented one dies TOKEN_REUSE_INTERVAL later', async () => {
    const room = await TokenRoom.open();
    const first = await room.begin();
    room.pass(100);
    const { issued, nextToken } = await room.renewal.renew(room.recognise(first));
    expect(issued).toEqual({ token: expect.any(String), duration: LIFETIME });
    expect(nextToken).toBeUndefined();
    room.pass(REUSE_INTERVAL - 1);
    expect(await room.areLive(first, issued.token)).toEqual([true, true]);
    room.pass(1);
    expect(await room.areLive(first, issued.token)).toEqual([false, true]);
    expect(await room.counted('gatehouse_token_renewals_total{kind="hard"}')).toBe(1);
  });

  it.each(['false', 'true'])(
    'keeps how the session was proved (TOKEN_SINGLE_USE=%s)',
    async (TOKEN_SINGLE_USE) => {
      const room = await TokenRoom.open({ TOKEN_SINGLE_USE });
      const amr = ['pwd', 'otp', 'mfa'];
      const { token } = await room.present(await room.renew(await room.begin(JULIET, amr)));
      expect(claimsOf(token.text).amr).toEqual(amr);
      expect((await room.present(token.text)).amr).toEqual(amr);
    },
  );

  it('gives the same token when it is repeated, also once the presented one is dead', async () => {
    const room = await TokenRoom.open();
    const first = await room.begin();
    const second = await room.renew(first);
    room.pass(REUSE_INTERVAL - 1);
    expect(await room.renew(first)).toBe(second);
    room.pass(61);
    expect(await room.renew(first)).toBe(second);
    expect(await room.counted('gatehouse_token_renewals_total{kind="hard"}')).toBe(1);
    expect(await room.events()).toEqual(['login.succeeded', 'token.renewed']);
  });

  it('with a dead token ends the session if the next one was presented', async () => {
    const room = await TokenRoom.open();
    const first = await room.begin();
    const second = await room.renew(first);
    await room.present(second);
    room.pass(REUSE_INTERVAL);
    await expect(room.renew(first)).rejects.toMatchObject(TOKEN_INVALID);
    expect(await room.areLive(second)).toEqual([false]);
    expect((await room.session(first)).endedAtMs).not.toBeNull();
    expect((await room.events()).at(-1)).toBe('token.reuse_detected');
    await expect(room.renew(second)).rejects.toMatchObject(TOKEN_INVALID);
  });

  it('takes a token until TOKEN_RENEW_GRACE after its expiry', async () => {
    const room = await TokenRoom.open();
    const [inTime, late] = [await room.begin(), await room.begin()];
    room.pass(LIFETIME + GRACE - 1);
    await room.present(await room.renew(inTime));
    room.pass(1);
    expect(() => room.recognise(late)).toThrow('Invalid or expired token');
  });

  it('is told in the row and, if the client had to renew or once a minute, in an event', async () => {
    const room = await TokenRoom.open({ TOKEN_TTL: '40' });
    let token = await room.begin();
    const steps = [
      { seconds: 0, events: 1 },
      { seconds: 20, events: 1 },
      // Past its half-life.
      { seconds: 21, events: 2 },
      { seconds: 20, events: 2 },
      { seconds: 20, events: 2 },
      { seconds: 20, events: 2 },
      // More than a minute after the last event.
      { seconds: 1, events: 3 },
    ];
    for (const { seconds, events } of steps) {
      room.pass(seconds);
      token = await room.renew(token);
      const told = (await room.events()).filter((type) => type === 'token.renewed');
      expect(told).toHaveLength(events);
    }
    const { generation, expiresAtSeconds } = (await room.find(token))!;
    expect(generation).toBe(steps.length);
    expect(await room.session(token)).toMatchObject({ generation, expiresAtSeconds });
  });

  it('is refused if the row says that the session has ended, and the store hears of it', async () => {
    for (const isApart of [false, true]) {
      const room = await TokenRoom.open({}, { isApart });
      const token = await room.begin();
      await room.endRow(token);
      expect(await room.areLive(token)).toEqual([true]);
      await expect(room.renew(token)).rejects.toMatchObject(TOKEN_INVALID);
      expect(await room.areLive(token)).toEqual([false]);
    }
  });

  it('takes no step in a store elsewhere while the rows take no writes', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const token = await room.begin();
    const takeWrites = await refuseWrites(room.database);
    await expect(room.renew(token)).rejects.toMatchObject(UNAVAILABLE);
    room.pass(REUSE_INTERVAL + 1);
    expect(await room.find(token)).toMatchObject({ newest: true });
    await takeWrites();
    await room.present(await room.renew(token));
  });

  it('gives the token that the store has made, also if the row cannot be told of it', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const first = await room.begin();
    const renewing = room.renew(first);
    // Its first write has been asked for by now, and its second has not.
    const takeWrites = await refuseWrites(room.database);
    const second = await renewing;
    expect(await room.session(first)).toMatchObject({ generation: 0 });
    await takeWrites();
    await room.present(second);
    // A repeat makes up for it.
    expect(await room.renew(first)).toBe(second);
    expect(await room.session(first)).toMatchObject({ generation: 1 });
  });
});

describe('A soft renewal', () => {
  it("gives the caller's own token before its half-life, and a fresh one after it", async () => {
    const room = await TokenRoom.open();
    const own = await room.begin();
    const principal = await room.present(own);
    room.pass(PAST_HALF_LIFE - 1);
    const duration = LIFETIME - PAST_HALF_LIFE + 1;
    expect(await room.renewal.next(principal)).toEqual({ token: own, duration });
    room.pass(1);
    const { token } = await room.renewal.next(principal);
    expect(token).not.toBe(own);
    expect(await room.session(own)).toMatchObject({
      expiresAtSeconds: (await room.find(token))?.expiresAtSeconds,
    });
    room.pass(REUSE_INTERVAL);
    expect(await room.areLive(own, token)).toEqual([true, true]);
    expect(await room.counted('gatehouse_token_renewals_total{kind="soft"}')).toBe(1);
  });

  it('gives a fresh token at any age if the caller asks for the next one', async () => {
    const room = await TokenRoom.open();
    const own = await room.begin();
    const principal = await room.present(own);
    room.pass(1);
    const { token } = await room.renewal.next(principal, 'next');
    expect(token).not.toBe(own);
    expect(await room.areLive(own, token)).toEqual([true, true]);
  });

  it.each(['database', 'storeDatabase'] as const)(
    "gives the caller's own token while the %s takes no writes",
    async (name) => {
      const room = await TokenRoom.open({}, { isApart: true });
      const own = await room.begin();
      const principal = await room.present(own);
      room.pass(PAST_HALF_LIFE);
      const takeWrites = await refuseWrites(room[name]);
      const duration = LIFETIME - PAST_HALF_LIFE;
      expect(await room.renewal.next(principal)).toEqual({ token: own, duration });
      await takeWrites();
      expect((await room.renewal.next(principal)).token).not.toBe(own);
    },
  );

  it('is refused if the session has ended meanwhile', async () => {
    const room = await TokenRoom.open();
    const own = await room.begin();
    const principal = await room.present(own);
    room.pass(PAST_HALF_LIFE);
    await room.endings.logOut(room.recognise(own));
    await expect(room.renewal.next(principal)).rejects.toMatchObject(TOKEN_INVALID);
  });
});
