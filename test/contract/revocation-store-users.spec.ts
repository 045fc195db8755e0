import type { RevocationStore } from '../../src/tokens/revocation-store.js';
import { goneFacts } from '../../src/tokens/user-facts.js';
import { adapters, type OpenStore } from './adapters.js';
import { facts, hard, issued, newToken, renewedToken, SOFT, successor } from './tokens.js';

describe.each(adapters)('What the revocation store says of users: $name', (adapter) => {
  let opened: OpenStore;
  let store: RevocationStore;

  beforeAll(async () => {
    opened = await adapter.open();
    store = opened.store;
  });

  afterAll(() => opened.close());

  it('is said with every live token of the user, and what comes of them', async () => {
    const first = await issued(store, 2000);
    const { userId } = first;
    const second = renewedToken(await store.renew(first, successor(), SOFT));
    const elsewhere = await issued(store, 0, { userId, username: first.username });
    const { username, roles } = facts({ roles: ['admin', 'editor'] });
    await store.describe(userId, facts({ username, roles }));
    for (const { jti, sessionId } of [first, second, elsewhere]) {
      expect(await store.find({ userId, sessionId, jti })).toMatchObject({ jti, username, roles });
    }
    const third = renewedToken(await store.renew(second, successor(), hard()));
    expect(third).toMatchObject({ username, roles });
    const used = await store.consume(elsewhere, successor());
    expect(used).toMatchObject({ username, roles });
    expect(await store.replaceTokens(third, successor(), 1)).toMatchObject({ username, roles });
  });

  it('is the present, with each change at the very next question on another instance', async () => {
    const second = await adapter.open();
    const token = await issued(store);
    for (const [version, roles] of [['admin'], ['admin', 'editor'], []].entries()) {
      const present = facts({ version: version + 1, roles });
      await (version % 2 ? second.store : store).describe(token.userId, present);
      const { username } = present;
      expect(await store.find(token)).toMatchObject({ username, roles });
      expect(await second.store.find(token)).toMatchObject({ username, roles });
    }
    await second.close();
  });

  it('is never set back by a change that was told late', async () => {
    const token = await issued(store);
    const present = facts({ version: 3, roles: ['admin'] });
    await store.describe(token.userId, present);
    await store.describe(token.userId, facts({ version: 2, roles: ['editor'] }));
    await store.describe(token.userId, facts({ version: 3, roles: ['editor'] }));
    const { username, roles } = present;
    expect(await store.find(token)).toMatchObject({ username, roles });
  });

  it('is told to a caller that comes too late with something else', async () => {
    const { userId } = await issued(store);
    const present = facts({ version: Date.now(), roles: ['admin'] });
    expect(await store.describe(userId, present)).toBeUndefined();
    expect(await store.describe(userId, { ...present, version: 1 })).toBeUndefined();
    const kept = await store.describe(userId, { ...present, version: 1, roles: ['editor'] });
    // One that is the account's row itself has nothing else to keep to.
    expect(kept).toEqual(store.isApart ? present : undefined);
    const later = { ...present, version: present.version + 1, roles: ['editor'] };
    expect(await store.describe(userId, later)).toBeUndefined();
  });

  it('is said of no one else', async () => {
    const [one, other] = [await issued(store), await issued(store)];
    await store.describe(one.userId, facts());
    expect(await store.find(other)).toMatchObject({ username: other.username, roles: [] });
  });

  it('is kept while the user has no session, for what it has later', async () => {
    const token = await issued(store);
    const present = facts({ roles: ['admin'] });
    await store.describe(token.userId, present);
    await store.endSessions(token.userId, [token.sessionId]);
    expect(await store.find(token)).toBeUndefined();
    const { userId } = token;
    const later = await issued(store, 0, { userId, username: present.username });
    expect(await store.find(later)).toMatchObject({ roles: ['admin'] });
  });

  it('is taken for a user who has never had a token', async () => {
    await store.describe(newToken().userId, facts());
  });

  it('is nothing of one who is gone, whatever is told later', async () => {
    const { userId } = await issued(store);
    await store.describe(userId, goneFacts());
    await store.describe(userId, facts({ version: 7 }));
    const later = await issued(store, 0, { userId });
    expect((await store.find(later))?.roles ?? []).toEqual([]);
  });

  it('is the last of many changes that are told at once', async () => {
    const token = await issued(store);
    const changes = Array.from({ length: 30 }, (_, version) =>
      facts({ version: version + 1, roles: [`role-${version + 1}`] }),
    );
    await Promise.all(
      changes
        .toSorted(() => Math.random() - 0.5)
        .map((change) => store.describe(token.userId, change)),
    );
    expect(await store.find(token)).toMatchObject({ roles: ['role-30'] });
  });
});
