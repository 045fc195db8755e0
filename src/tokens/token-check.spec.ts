import { fiftyAtOnce } from '../../test/contract/tokens.js';
import {
  CLIENT,
  JULIET,
  TOKEN_INVALID,
  TokenRoom,
  UNAVAILABLE,
} from '../../test/support/token-room.js';

const LIFETIME = 2_100;

const SINGLE_USE = { TOKEN_SINGLE_USE: 'true' };

describe('A reusable token', () => {
  it('is good for any number of requests until it expires', async () => {
    const room = await TokenRoom.open();
    const text = await room.begin();
    room.pass(LIFETIME - 1);
    const answers = await fiftyAtOnce(() => room.authenticate(text));
    for (const { principal, nextToken } of answers) {
      expect(principal).toMatchObject({ userId: JULIET, client: CLIENT, token: { text } });
      expect(nextToken).toBeUndefined();
    }
    room.pass(1);
    await expect(room.present(text)).rejects.toMatchObject(TOKEN_INVALID);
  });

  it('is refused once the store does not have it, whatever the row says', async () => {
    const room = await TokenRoom.open();
    const text = await room.begin();
    const { userId, sessionId } = room.recognise(text);
    await room.store.endSessions(userId, [sessionId]);
    const subject = { userId, sessionId };
    await expect(room.present(text)).rejects.toMatchObject({ ...TOKEN_INVALID, subject });
  });

  it('needs the store alone: no rows, and no other answer if the store has none', async () => {
    const room = await TokenRoom.open({}, { isApart: true });
    const text = await room.begin();
    await room.database.onApplicationShutdown();
    await room.present(text);
    await room.storeDatabase.onApplicationShutdown();
    await expect(room.authenticate(text)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('is noted as presented if it was made for another one', async () => {
    const room = await TokenRoom.open();
    const first = await room.begin();
    const second = await room.renew(first);
    expect(await room.find(second)).toMatchObject({ presented: false });
    await room.present(second);
    expect(await room.find(second)).toMatchObject({ presented: true });
  });
});

describe('A single-use token', () => {
  it('is good for one of many requests at once, which is given the next one', async () => {
    const room = await TokenRoom.open(SINGLE_USE);
    const text = await room.begin();
    const answers = await fiftyAtOnce(() =>
      room.authenticate(text).catch((error: unknown) => {
        expect(error).toMatchObject(TOKEN_INVALID);
        return undefined;
      }),
    );
    const given = answers.filter((answer) => answer !== undefined);
    expect(given).toHaveLength(1);
    const { nextToken = '', principal } = given[0]!;
    expect(principal).toMatchObject({ userId: JULIET, token: { text: nextToken } });
    expect(await room.areLive(text, nextToken)).toEqual([false, true]);
    await room.present(nextToken);
    await expect(room.present(nextToken)).rejects.toMatchObject(TOKEN_INVALID);
    // Used twice is lost or raced, and not known to be stolen.
    expect(await room.events()).toEqual(['login.succeeded']);
  });

  it('tells the row of the next one', async () => {
    const room = await TokenRoom.open(SINGLE_USE);
    const text = await room.begin();
    room.pass(LIFETIME - 1);
    const { token } = await room.present(text);
    const { expiresAtSeconds } = token;
    expect(await room.session(text)).toMatchObject({ generation: 1, expiresAtSeconds });
  });

  it('is followed by the next one also while the rows are away', async () => {
    const room = await TokenRoom.open(SINGLE_USE, { isApart: true });
    const text = await room.begin();
    await room.database.onApplicationShutdown();
    const { nextToken = '' } = await room.authenticate(text);
    expect(await room.areLive(nextToken)).toEqual([true]);
  });

  it('is refused if the row says that the session has ended, and the store hears of it', async () => {
    const room = await TokenRoom.open(SINGLE_USE);
    const text = await room.begin();
    const { userId, sessionId } = room.recognise(text);
    await room.endRow(text);
    await expect(room.present(text)).rejects.toMatchObject(TOKEN_INVALID);
    expect(await room.store.replacementsOf({ userId, sessionId })).toBeUndefined();
  });
});

describe('What a token proves', () => {
  it('holds until its session ends', async () => {
    const room = await TokenRoom.open();
    const text = await room.begin();
    const principal = await room.present(text);
    const proof = await room.check.prove(principal, { isRepeatable: false });
    const requireProof = () =>
      room.database.write((manager) => room.rows.requireProof(manager, proof));
    await requireProof();
    await room.endRow(text);
    await expect(requireProof()).rejects.toMatchObject(TOKEN_INVALID);
    const proving = room.check.prove(principal, { isRepeatable: true });
    await expect(proving).rejects.toMatchObject(TOKEN_INVALID);
  });

  it('is enough to repeat a password change that has begun, and for nothing beside it', async () => {
    const room = await TokenRoom.open();
    const principal = await room.present(await room.begin());
    await room.database.write((manager) => room.replacement.begin(manager, principal));
    expect(await room.check.prove(principal, { isRepeatable: true })).toMatchObject({
      replacements: 1,
    });
    const proving = room.check.prove(principal, { isRepeatable: false });
    await expect(proving).rejects.toMatchObject(TOKEN_INVALID);
  });
});
