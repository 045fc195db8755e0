import type { RevocationStore } from '../../src/tokens/revocation-store.js';
import { adapters, GRACE_SECONDS, type OpenStore } from './adapters.js';
import { hard, issued, LIFETIME, newToken, renewedToken, SOFT, successor } from './tokens.js';

describe.each(adapters)('The revocation store: $name', (adapter) => {
  let opened: OpenStore;
  let store: RevocationStore;

  beforeAll(async () => {
    opened = await adapter.open();
    store = opened.store;
  });

  afterAll(() => opened.close());

  describe('finds', () => {
    it('a token as it was issued', async () => {
      const token = await issued(store);
      expect(await store.find(token)).toMatchObject(token);
    });

    it('nothing for a token that was never issued', async () => {
      expect(await store.find(newToken())).toBeUndefined();
    });

    it('nothing for an unknown token of a known session', async () => {
      const token = await issued(store);
      expect(await store.find({ ...token, jti: newToken().jti })).toBeUndefined();
    });

    it('a token that has expired and can still be renewed', async () => {
      const token = await issued(store, LIFETIME + GRACE_SECONDS - 60);
      expect(await store.find(token)).toMatchObject(token);
    });

    it('each of a hundred tokens that were issued at once', async () => {
      const tokens = await Promise.all(Array.from({ length: 100 }, () => issued(store)));
      const found = await Promise.all(tokens.map((token) => store.find(token)));
      expect(found.map((token) => token?.jti)).toEqual(tokens.map(({ jti }) => jti));
    });
  });

  it('knows a token only with its own user, session and jti, in every step', async () => {
    const [token, other] = [await issued(store), await issued(store)];
    const elsewhere = await issued(store, 0, { userId: token.userId });
    for (const whose of [
      { userId: other.userId },
      { sessionId: elsewhere.sessionId },
      { userId: other.userId, sessionId: other.sessionId },
    ]) {
      const forged = { ...token, ...whose };
      expect(await store.find(forged)).toBeUndefined();
      expect(await store.consume(forged, successor())).toBeUndefined();
      expect(await store.renew(forged, successor(), SOFT)).toEqual({ outcome: 'refused' });
      expect(await store.renew(forged, successor(), hard())).not.toHaveProperty('token');
    }
    for (const own of [token, other, elsewhere]) expect(await store.find(own)).toMatchObject(own);
  });

  describe('tells how long it keeps', () => {
    it('a token: until it expires, at least', async () => {
      const token = await issued(store, 100);
      const remainingMs = (await store.remainingMs(token)) ?? 0;
      expect(remainingMs).toBeGreaterThan((LIFETIME - 100) * 1000 - 60_000);
    });

    it('a token that was replaced: until it dies', async () => {
      const token = await issued(store);
      await store.renew(token, successor(), hard(10));
      const remainingMs = (await store.remainingMs(token)) ?? 0;
      expect(remainingMs).toBeGreaterThan(0);
      expect(remainingMs).toBeLessThanOrEqual(10_000);
    });

    it('a token that is not live: not at all', async () => {
      const token = await issued(store);
      await store.endSessions(token.userId, [token.sessionId]);
      expect(await store.remainingMs(token)).toBeUndefined();
      expect(await store.remainingMs(newToken())).toBeUndefined();
    });
  });

  describe('ends a session', () => {
    it('with every token of it', async () => {
      const first = await issued(store, 2000);
      const second = renewedToken(await store.renew(first, successor(), SOFT));
      await store.endSessions(first.userId, [first.sessionId]);
      expect(await store.find(first)).toBeUndefined();
      expect(await store.find(second)).toBeUndefined();
    });

    it('and renews and consumes nothing of it any more', async () => {
      const token = await issued(store);
      await store.endSessions(token.userId, [token.sessionId]);
      expect(await store.renew(token, successor(), hard())).toEqual({ outcome: 'refused' });
      expect(await store.renew(token, successor(), SOFT)).toEqual({ outcome: 'refused' });
      expect(await store.consume(token, successor())).toBeUndefined();
      expect(await store.replaceTokens(token, successor(), 1)).toBeUndefined();
      expect(await store.find(token)).toBeUndefined();
    });

    it('and leaves the other sessions of the user', async () => {
      const one = await issued(store);
      const other = await issued(store, 0, { userId: one.userId });
      await store.endSessions(one.userId, [one.sessionId]);
      expect(await store.find(other)).toMatchObject(other);
    });

    it('only for the user whose session it is', async () => {
      const token = await issued(store);
      await store.endSessions(newToken().userId, [token.sessionId]);
      expect(await store.find(token)).toMatchObject(token);
    });

    it('as often as it is asked to, and an unknown one too', async () => {
      const token = await issued(store);
      for (const session of [token, token, newToken()]) {
        await store.endSessions(session.userId, [session.sessionId]);
      }
      expect(await store.find(token)).toBeUndefined();
    });
  });

  describe('ends several sessions', () => {
    it('with every token of each', async () => {
      const first = await issued(store, 2000);
      const second = renewedToken(await store.renew(first, successor(), SOFT));
      const elsewhere = await issued(store, 0, { userId: first.userId });
      await store.endSessions(first.userId, [first.sessionId, elsewhere.sessionId]);
      for (const token of [first, second, elsewhere]) {
        expect(await store.find(token)).toBeUndefined();
        expect(await store.renew(token, successor(), hard())).toEqual({ outcome: 'refused' });
      }
    });

    it('and leaves the others of the user', async () => {
      const one = await issued(store);
      const other = await issued(store, 0, { userId: one.userId });
      await store.endSessions(one.userId, [one.sessionId]);
      expect(await store.find(other)).toMatchObject(other);
    });

    it('as often as it is asked to, and an unknown one too', async () => {
      const token = await issued(store);
      for (const { userId, sessionId } of [token, token, newToken()]) {
        await store.endSessions(userId, [sessionId, newToken().sessionId]);
      }
      await store.endSessions(token.userId, []);
      expect(await store.find(token)).toBeUndefined();
    });
  });

  describe('prunes', () => {
    it('tokens that no one can renew any more, and no others', async () => {
      const [gone, renewable, live] = [
        await issued(store, LIFETIME + GRACE_SECONDS + 60),
        await issued(store, LIFETIME + GRACE_SECONDS - 60),
        await issued(store),
      ];
      await store.prune(GRACE_SECONDS, new AbortController().signal);
      await store.prune(GRACE_SECONDS, new AbortController().signal);
      expect(await store.find(gone)).toBeUndefined();
      expect(await store.find(renewable)).toMatchObject(renewable);
      expect(await store.find(live)).toMatchObject(live);
    });

    it('without forgetting that a token was replaced', async () => {
      const token = await issued(store);
      await store.renew(token, successor(), hard(0));
      await store.prune(GRACE_SECONDS, new AbortController().signal);
      expect(await store.find(token)).toBeUndefined();
      expect(await store.renew(token, successor(), hard(0))).toEqual({ outcome: 'reused' });
    });
  });
});
