import type { RevocationStore } from '../../src/tokens/revocation-store.js';
import { adapters, type OpenStore } from './adapters.js';
import { facts, hard, issued, newToken, renewedToken, successor } from './tokens.js';

describe.each(adapters)('An instance of the revocation store: $name', (adapter) => {
  let opened: OpenStore;
  let store: RevocationStore;

  beforeAll(async () => {
    opened = await adapter.open();
    store = opened.store;
  });

  afterAll(() => opened.close());

  describe('on the same data as another instance', () => {
    let second: OpenStore;

    beforeAll(async () => (second = await adapter.open()));
    afterAll(() => second.close());

    it('finds and renews what the other issued', async () => {
      const token = await issued(store);
      expect(await second.store.find(token)).toMatchObject(token);
      const next = renewedToken(await second.store.renew(token, successor(), hard()));
      expect(await store.find(next)).toMatchObject(next);
      expect(renewedToken(await store.renew(token, successor(), hard()))).toMatchObject(next);
    });

    it('refuses what the other ended', async () => {
      const [one, other] = [await issued(store), await issued(store)];
      await second.store.endSessions(one.userId, [one.sessionId]);
      await second.store.endSessions(other.userId, [newToken().sessionId, other.sessionId]);
      expect(await store.find(one)).toBeUndefined();
      expect(await store.find(other)).toBeUndefined();
    });

    it('has its records where a later instance looks for them', async () => {
      const earlier = await adapter.open();
      const [kept, ended] = [await issued(earlier.store), await issued(earlier.store)];
      await earlier.store.endSessions(ended.userId, [ended.sessionId]);
      await earlier.close();
      expect(await second.store.find(kept)).toMatchObject(kept);
      expect(await second.store.find(ended)).toBeUndefined();
    });
  });

  it('answers a ping', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('says service-unavailable to everything once it cannot answer', async () => {
    const lost = await adapter.open();
    const token = await issued(lost.store);
    await lost.close();
    const { userId, sessionId } = token;
    const calls = [
      lost.store.issue(newToken()),
      lost.store.find(token),
      lost.store.renew(token, successor(), hard()),
      lost.store.consume(token, successor()),
      lost.store.replaceTokens(token, successor(), 1),
      lost.store.endSessions(userId, [sessionId]),
      lost.store.describe(userId, facts()),
      lost.store.ping(),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'service-unavailable' });
    }
    expect(await store.find(token)).toMatchObject(token);
  });
});
