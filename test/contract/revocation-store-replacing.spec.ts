import { setTimeout as sleep } from 'node:timers/promises';
import type { RevocationStore } from '../../src/tokens/revocation-store.js';
import { adapters, GRACE_SECONDS, type OpenStore } from './adapters.js';
import {
  fiftyAtOnce,
  hard,
  issued,
  LIFETIME,
  newToken,
  NOW,
  renewedToken,
  SOFT,
  successor,
} from './tokens.js';

describe.each(adapters)('Replacing tokens in the revocation store: $name', (adapter) => {
  let opened: OpenStore;
  let store: RevocationStore;

  beforeAll(async () => {
    opened = await adapter.open();
    store = opened.store;
  });

  afterAll(() => opened.close());

  describe('consume', () => {
    it('takes the token out and puts its successor in', async () => {
      const token = await issued(store, 100);
      const next = successor();
      const live = await store.consume(token, next);
      expect(live).toMatchObject({
        ...token,
        jti: next.jti,
        issuedAtSeconds: NOW,
        expiresAtSeconds: NOW + LIFETIME,
        newest: true,
        generation: 1,
        replaces: token.jti,
      });
      expect(await store.find(token)).toBeUndefined();
      expect(await store.find({ ...token, jti: next.jti })).toMatchObject(live ?? {});
    });

    it('gives the successor to one of fifty callers', async () => {
      const token = await issued(store);
      const answers = await fiftyAtOnce(() => store.consume(token, successor()));
      const [winner, ...others] = answers.filter((answer) => answer !== undefined);
      expect(others).toEqual([]);
      expect(await store.find(winner ?? newToken())).toMatchObject({ jti: winner?.jti });
    });

    it('gives undefined the second time, and leaves the session', async () => {
      const token = await issued(store);
      const next = await store.consume(token, successor());
      expect(await store.consume(token, successor())).toBeUndefined();
      expect(await store.find(next ?? newToken())).toMatchObject({ jti: next?.jti });
    });

    it('goes on for a hundred tokens of one session', async () => {
      let token = await issued(store);
      for (let count = 0; count < 100; count++) {
        token = (await store.consume(token, successor())) ?? newToken();
      }
      expect(await store.find(token)).toMatchObject(token);
    });

    it('gives undefined for an unknown token', async () => {
      expect(await store.consume(newToken(), successor())).toBeUndefined();
    });

    it('accepts a token that has expired a little', async () => {
      const token = await issued(store, LIFETIME + GRACE_SECONDS - 60);
      expect(await store.consume(token, successor())).toMatchObject({ newest: true });
    });

    it('makes no token that outlives its session, and none after its end', async () => {
      const sessionEndsAtSeconds = NOW + 1000;
      const token = await issued(store, 100, { sessionEndsAtSeconds });
      expect(await store.consume(token, successor(sessionEndsAtSeconds))).toBeUndefined();
      const last = await store.consume(token, successor(sessionEndsAtSeconds - 1));
      expect(last).toMatchObject({ expiresAtSeconds: sessionEndsAtSeconds });
    });

    it('gives undefined for a token that a hard renewal let die', async () => {
      const token = await issued(store);
      const next = renewedToken(await store.renew(token, successor(), hard(0)));
      expect(await store.consume(token, successor())).toBeUndefined();
      expect(await store.find(next)).toMatchObject(next);
    });

    it('makes the newest token also of an older one', async () => {
      const first = await issued(store, LIFETIME / 2 + 1);
      const second = renewedToken(await store.renew(first, successor(), SOFT));
      const third = await store.consume(first, successor());
      expect(await store.find(second)).toMatchObject({ newest: false });
      expect(await store.find(third ?? newToken())).toMatchObject({ newest: true });
    });
  });

  describe('replaceTokens', () => {
    it('gives the session a fresh token in the place of all it had', async () => {
      const first = await issued(store, LIFETIME / 2 + 1);
      const second = renewedToken(await store.renew(first, successor(), SOFT));
      const next = successor();
      const live = await store.replaceTokens(first, next, 1);
      expect(live).toMatchObject({
        ...first,
        jti: next.jti,
        issuedAtSeconds: NOW,
        expiresAtSeconds: NOW + LIFETIME,
        newest: true,
        generation: 1,
        replacements: 1,
        restartJti: next.jti,
        restartedAtSeconds: NOW,
      });
      expect(await store.find(first)).toBeUndefined();
      expect(await store.find(second)).toBeUndefined();
      expect(await store.find({ ...first, jti: next.jti })).toMatchObject(live ?? {});
    });

    it('refuses what it replaced without taking it as stolen', async () => {
      const token = await issued(store);
      const live = await store.replaceTokens(token, successor(), 1);
      expect(await store.renew(token, successor(), hard(0))).toEqual({ outcome: 'refused' });
      expect(await store.find(live ?? newToken())).toMatchObject({ jti: live?.jti });
    });

    it('gives undefined once the tokens were replaced so often before', async () => {
      const token = await issued(store);
      const second = await store.replaceTokens(token, successor(), 2);
      expect(await store.replacementsOf(token)).toBe(2);
      expect(await store.replaceTokens(token, successor(), 1)).toBeUndefined();
      expect(await store.replaceTokens(token, successor(), 2)).toBeUndefined();
      expect(await store.find(second ?? newToken())).toMatchObject({ jti: second?.jti });
    });

    it('still takes the token that it made as stolen once that is', async () => {
      const own = await issued(store);
      const first = await store.replaceTokens(own, successor(), 1);
      if (!first) throw new Error('not replaced');
      const second = renewedToken(await store.renew(first, successor(), hard(1)));
      await store.renew(second, successor(), hard(1));
      await sleep(1_100);
      expect(await store.renew(own, successor(), hard(1))).toEqual({ outcome: 'refused' });
      expect(await store.renew(first, successor(), hard(1))).toEqual({ outcome: 'reused' });
    });

    it('leaves the other sessions of the user, and everybody else', async () => {
      const own = await issued(store);
      const elsewhere = await issued(store, 0, { userId: own.userId });
      const stranger = await issued(store);
      await store.replaceTokens(own, successor(), 1);
      expect(await store.find(elsewhere)).toMatchObject(elsewhere);
      expect(await store.find(stranger)).toMatchObject(stranger);
    });

    it('gives undefined if the session was ended', async () => {
      const own = await issued(store);
      await store.endSessions(own.userId, [own.sessionId]);
      expect(await store.replaceTokens(own, successor(), 1)).toBeUndefined();
    });

    it('gives undefined from the second on in which the session ends', async () => {
      const sessionEndsAtSeconds = NOW + 1000;
      const own = await issued(store, 100, { sessionEndsAtSeconds });
      expect(await store.replaceTokens(own, successor(sessionEndsAtSeconds), 1)).toBeUndefined();
    });

    it('makes no token that outlives its session', async () => {
      const own = await issued(store, 100, { sessionEndsAtSeconds: NOW + 1000 });
      const live = await store.replaceTokens(own, successor(), 1);
      expect(live).toMatchObject({ expiresAtSeconds: NOW + 1000 });
    });

    it('gives undefined for another user’s session', async () => {
      const token = await issued(store);
      const stranger = newToken();
      const asked = { userId: stranger.userId, sessionId: token.sessionId };
      expect(await store.replaceTokens(asked, successor(), 1)).toBeUndefined();
      expect(await store.find(token)).toMatchObject(token);
    });

    it('asked fifty times at once leaves one live token', async () => {
      const token = await issued(store);
      const answers = await fiftyAtOnce(() => store.replaceTokens(token, successor(), 1));
      const found = await Promise.all(answers.map((answer) => store.find(answer ?? newToken())));
      expect(found.filter((live) => live !== undefined)).toHaveLength(1);
    });
  });
});
