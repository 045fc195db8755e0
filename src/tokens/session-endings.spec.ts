import { setTimeout as sleep } from 'node:timers/promises';
import { fiftyAtOnce } from '../../test/contract/tokens.js';
import { unheard } from '../../test/support/feed-room.js';
import {
  CLIENT,
  JULIET,
  refuseWrites,
  ROMEO,
  TOKEN_INVALID,
  TokenRoom,
  UNAVAILABLE,
} from '../../test/support/token-room.js';

const REUSE_INTERVAL = 10;

const nothing = () => Promise.resolve();

/** A token that a hard renewal replaced and that is dead by now, and the one that was made for it. */
async function deadAndNext(room: TokenRoom): Promise<[dead: string, next: string]> {
  const dead = await room.begin();
  const next = await room.renew(dead);
  room.pass(REUSE_INTERVAL);
  return [dead, next];
}

async function hasEnded(room: TokenRoom, text: string): Promise<boolean> {
  return (await room.session(text)).endedAtMs !== null;
}

describe('A log-out', () => {
  it('ends the session of the token, with every token of it, and no other session', async () => {
    const room = await TokenRoom.open();
    const [first, other] = [await room.begin(), await room.begin()];
    const second = await room.renew(first);
    await room.endings.logOut(room.recognise(first));
    expect(await room.areLive(first, second, other)).toEqual([false, false, true]);
    expect(await hasEnded(room, first)).toBe(true);
    expect((await room.events()).at(-1)).toBe('session.ended');
    expect(await room.counted('gatehouse_revocations_total{cause="logout"}')).toBe(1);
    await expect(room.endings.logOut(room.recognise(first))).rejects.toMatchObject(TOKEN_INVALID);
  });

  it('writes the row first; if the store takes no writes then, a repeat finishes it', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const token = await room.begin();
    const takeWrites = await refuseWrites(room.storeDatabase);
    await expect(room.endings.logOut(room.recognise(token))).rejects.toMatchObject(UNAVAILABLE);
    expect([await hasEnded(room, token), await room.areLive(token)]).toEqual([true, [true]]);
    await takeWrites();
    await room.endings.logOut(room.recognise(token));
    expect(await room.areLive(token)).toEqual([false]);
    expect(await room.events()).toEqual(['login.succeeded', 'session.ended']);
    expect(await room.counted('gatehouse_revocations_total{cause="logout"}')).toBe(1);
  });

  it('is told to verifiers only when the row and the store have it: who asks then meets it', async () => {
    const room = await TokenRoom.open();
    const token = await room.begin();
    const met: boolean[] = [];
    const told = jest.spyOn(unheard, 'tell').mockImplementation(async () => {
      met.push(await hasEnded(room, token), ...(await room.areLive(token)));
    });
    await room.endings.logOut(room.recognise(token));
    expect(told).toHaveBeenCalledTimes(1);
    expect(met).toEqual([true, false]);
    await room.endings.endAllOf(JULIET, nothing);
    expect(told).toHaveBeenCalledTimes(2);
    told.mockRestore();
  });

  it('leaves the token live if the row takes no writes', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const token = await room.begin();
    await refuseWrites(room.database);
    await expect(room.endings.logOut(room.recognise(token))).rejects.toMatchObject(UNAVAILABLE);
    expect(await room.areLive(token)).toEqual([true]);
  });

  it('takes a dead token whose next one was never presented: the answer was lost', async () => {
    const room = await TokenRoom.open();
    const [dead, next] = await deadAndNext(room);
    await room.endings.logOut(room.recognise(dead));
    expect([await hasEnded(room, dead), await room.areLive(next)]).toEqual([true, [false]]);
    expect((await room.events()).at(-1)).toBe('session.ended');
  });

  it('with a dead token whose next one was presented ends the session as stolen', async () => {
    const room = await TokenRoom.open();
    const [dead, next] = await deadAndNext(room);
    await room.present(next);
    await expect(room.endings.logOut(room.recognise(dead))).rejects.toMatchObject(TOKEN_INVALID);
    expect([await hasEnded(room, dead), await room.areLive(next)]).toEqual([true, [false]]);
    expect((await room.events()).at(-1)).toBe('token.reuse_detected');
  });
});

describe('The end of a session', () => {
  it('by its id comes once, and only if it is of the caller', async () => {
    const room = await TokenRoom.open();
    const [own, second] = [await room.begin(), await room.begin()];
    const principal = await room.present(own);
    const romeos = await room.begin(ROMEO);
    const end = (text: string) => room.endings.endOne(principal, room.recognise(text).sessionId);
    expect([await end(second), await end(second), await end(romeos)]).toEqual([true, true, false]);
    expect(await room.areLive(own, second, romeos)).toEqual([true, false, true]);
    expect([await hasEnded(room, romeos), await room.events(ROMEO)]).toEqual([
      false,
      ['login.succeeded'],
    ]);
    expect(await room.counted('gatehouse_revocations_total{cause="logout"}')).toBe(1);
  });

  it('of all that the caller has comes with what else has to happen, or not at all', async () => {
    const room = await TokenRoom.open();
    const [own, second, romeos] = [await room.begin(), await room.begin(), await room.begin(ROMEO)];
    const principal = await room.present(own);
    const series = 'gatehouse_revocations_total{cause="logout_everywhere"}';
    const failing = room.endings.endAll(principal, 'logout_everywhere', () =>
      Promise.reject(new Error('changed its mind')),
    );
    await expect(failing).rejects.toThrow('changed its mind');
    expect(await room.areLive(own, second, romeos)).toEqual([true, true, true]);
    expect([await hasEnded(room, second), await room.counted(series)]).toEqual([false, 0]);

    await room.endings.endAll(principal, 'logout_everywhere', nothing);
    expect(await room.areLive(own, second, romeos)).toEqual([false, false, true]);
    expect([await hasEnded(room, second), await hasEnded(room, romeos)]).toEqual([true, false]);
    expect(await room.counted(series)).toBe(1);
  });

  it('of all that the caller has is refused if its own ended after its token was proved', async () => {
    const room = await TokenRoom.open();
    const [own, second] = [await room.begin(), await room.begin()];
    const principal = await room.present(own);
    let ending: Promise<void> | undefined;
    await room.database.write(async (manager) => {
      ending = room.endings.endAll(principal, 'logout_everywhere', nothing);
      // It proves its token beside this transaction, and then waits for it.
      await sleep(50);
      await room.rows.end(manager, [principal]);
    });
    await expect(ending).rejects.toMatchObject(TOKEN_INVALID);
    expect([await hasEnded(room, second), await room.areLive(second)]).toEqual([false, [true]]);
  });

  it('of all of an account tells the store again of those that it has not heard of', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const [first, second] = [await room.begin(), await room.begin()];
    await room.endRow(first);
    room.pass(1);
    const takeWrites = await refuseWrites(room.storeDatabase);
    await expect(room.endings.endAllOf(JULIET, nothing)).rejects.toMatchObject(UNAVAILABLE);
    expect([await hasEnded(room, second), await room.areLive(first, second)]).toEqual([
      true,
      [true, true],
    ]);
    await takeWrites();
    room.pass(1);
    await room.endings.endAllOf(JULIET, nothing);
    expect(await room.areLive(first, second)).toEqual([false, false]);
  });

  it('as stolen comes once, however many ask at once, and each is answered after it', async () => {
    const room = await TokenRoom.open();
    const token = await room.begin();
    const principal = room.recognise(token);
    await fiftyAtOnce(async () => {
      await room.endings.endStolen(principal);
      expect(await room.areLive(token)).toEqual([false]);
    });
    expect(await room.events()).toEqual(['login.succeeded', 'token.reuse_detected']);
    expect(await room.counted('gatehouse_token_reuses_total')).toBe(1);
    expect(await room.counted('gatehouse_revocations_total{cause="token_reuse"}')).toBe(1);
  });

  it('by somebody else is an event of the account', async () => {
    const room = await TokenRoom.open();
    const token = await room.begin();
    await room.endings.endOf(room.recognise(token), { ...CLIENT, address: 'cli' });
    expect([await hasEnded(room, token), await room.areLive(token)]).toEqual([true, [false]]);
    expect(await room.events()).toEqual(['login.succeeded', 'session.ended']);
  });
});
