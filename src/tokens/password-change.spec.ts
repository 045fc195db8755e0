import {
  refuseWrites,
  ROMEO,
  START,
  TOKEN_INVALID,
  TokenRoom,
  UNAVAILABLE,
} from '../../test/support/token-room.js';
import type { TokenPrincipal } from '../common/principal.js';
import type { BegunPasswordChange } from './password-change.js';

/** The step that is taken with the new password. */
function begin(room: TokenRoom, principal: TokenPrincipal): Promise<BegunPasswordChange> {
  return room.database.write((manager) => room.replacement.begin(manager, principal));
}

describe("The replacement of a session's tokens", () => {
  it("leaves of all the account's tokens the one that it gives", async () => {
    const room = await TokenRoom.open();
    const [own, other, romeos] = [await room.begin(), await room.begin(), await room.begin(ROMEO)];
    const renewed = await room.renew(own);
    const principal = await room.present(renewed);
    const begun = await begin(room, principal);
    const { issued, nextToken } = await room.replacement.finish(principal, begun);
    expect(await room.areLive(own, renewed, other, romeos)).toEqual([false, false, false, true]);
    expect(await room.present(issued.token)).toMatchObject({ sessionId: principal.sessionId });
    expect([issued.duration, nextToken]).toEqual([2_100, undefined]);
    expect(await room.session(own)).toMatchObject({
      ...{ endedAtMs: null, unsettledUntilMs: null, replacements: 1 },
      generation: (await room.find(issued.token))?.generation,
    });
    expect((await room.session(other)).endedAtMs).toBe(START * 1_000);
  });

  it('is in the rows first: the session is unsettled for 15 s, and the others have ended', async () => {
    const room = await TokenRoom.open();
    const [own, other] = [await room.begin(), await room.begin()];
    await begin(room, await room.present(own));
    expect(await room.session(own)).toMatchObject({
      ...{ endedAtMs: null, replacements: 1, unsettledUntilMs: (START + 15) * 1_000 },
    });
    expect((await room.session(other)).endedAtMs).toBe(START * 1_000);
    expect(await room.areLive(own, other)).toEqual([true, true]);
  });

  it('has not begun if its transaction is undone', async () => {
    const room = await TokenRoom.open();
    const [own, other] = [await room.begin(), await room.begin()];
    const principal = await room.present(own);
    const undone = room.database.write(async (manager) => {
      await room.replacement.begin(manager, principal);
      throw new Error('changed its mind');
    });
    await expect(undone).rejects.toThrow('changed its mind');
    expect(await room.session(own)).toMatchObject({ replacements: 0, unsettledUntilMs: null });
    expect((await room.session(other)).endedAtMs).toBeNull();
  });

  it('stays unsettled while the store takes no writes, and can be finished later', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const [own, other] = [await room.begin(), await room.begin()];
    const principal = await room.present(own);
    const begun = await begin(room, principal);
    const takeWrites = await refuseWrites(room.storeDatabase);
    await expect(room.replacement.finish(principal, begun)).rejects.toMatchObject(UNAVAILABLE);
    expect((await room.session(own)).unsettledUntilMs).not.toBeNull();
    await takeWrites();
    const { issued } = await room.replacement.finish(principal, begun);
    expect(await room.areLive(own, other, issued.token)).toEqual([false, false, true]);
    expect((await room.session(own)).unsettledUntilMs).toBeNull();
  });

  it('gives the token that the store has made, also if the row cannot be settled', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const own = await room.begin();
    const principal = await room.present(own);
    const begun = await begin(room, principal);
    await refuseWrites(room.database);
    const { issued } = await room.replacement.finish(principal, begun);
    expect(await room.areLive(own, issued.token)).toEqual([false, true]);
    expect((await room.session(own)).unsettledUntilMs).not.toBeNull();
  });

  it('is refused if the session has ended, also if only its row says so', async () => {
    for (const isKnownToTheStore of [true, false]) {
      const room = await TokenRoom.open();
      const own = await room.begin();
      const principal = await room.present(own);
      const begun = await begin(room, principal);
      if (isKnownToTheStore) await room.endings.endOne(principal, principal.sessionId);
      else await room.endRow(own);
      const finishing = room.replacement.finish(principal, begun);
      await expect(finishing).rejects.toMatchObject(TOKEN_INVALID);
      expect((await room.session(own)).endedAtMs).not.toBeNull();
    }
  });

  it.each(['first', 'second'] as const)(
    'that began first gives no token once a second one has begun, if the %s is finished first',
    async (finishedFirst) => {
      const room = await TokenRoom.open();
      const own = await room.begin();
      const principal = await room.present(own);
      const [first, second] = [await begin(room, principal), await begin(room, principal)];
      const expectRefusal = async () => {
        const finishing = room.replacement.finish(principal, first);
        await expect(finishing).rejects.toMatchObject(TOKEN_INVALID);
      };
      if (finishedFirst === 'first') await expectRefusal();
      expect((await room.session(own)).unsettledUntilMs).not.toBeNull();
      const { issued } = await room.replacement.finish(principal, second);
      if (finishedFirst === 'second') await expectRefusal();
      expect(await room.areLive(issued.token)).toEqual([true]);
      expect(await room.session(own)).toMatchObject({ replacements: 2, unsettledUntilMs: null });
    },
  );

  it('makes no thief of a client that renews a token from before it', async () => {
    const room = await TokenRoom.open();
    const own = await room.begin();
    const principal = await room.present(own);
    const { issued } = await room.replacement.finish(principal, await begin(room, principal));
    await room.present(issued.token);
    await expect(room.renew(own)).rejects.toMatchObject(TOKEN_INVALID);
    const next = await room.renew(issued.token);
    await room.present(next);
    await expect(room.renew(own)).rejects.toMatchObject(TOKEN_INVALID);
    expect(await room.areLive(next)).toEqual([true]);
    expect(await room.events()).not.toContain('token.reuse_detected');
  });

  it('tells single-use clients of the token in the header too', async () => {
    const room = await TokenRoom.open({ TOKEN_SINGLE_USE: 'true' });
    const principal = await room.present(await room.begin());
    const begun = await begin(room, principal);
    const { issued, nextToken } = await room.replacement.finish(principal, begun);
    expect(nextToken).toBe(issued.token);
    expect(await room.areLive(principal.token.text, issued.token)).toEqual([false, true]);
  });
});
