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

/** After a reuse interval of so many seconds. */
const passed = (seconds: number) => sleep(seconds * 1_000 + 100);

describe.each(adapters)('Renewal in the revocation store: $name', (adapter) => {
  let opened: OpenStore;
  let store: RevocationStore;

  beforeAll(async () => {
    opened = await adapter.open();
    store = opened.store;
  });

  afterAll(() => opened.close());

  describe.each([
    ['soft', SOFT],
    ['hard', hard()],
  ])('%s', (_, renewal) => {
    it('gives a token past half of its life a fresh one with everything else kept', async () => {
      const token = await issued(store, LIFETIME / 2 + 1);
      const next = successor();
      const result = await store.renew(token, next, renewal);
      expect(result).toEqual({ outcome: 'renewed', fresh: true, token: expect.anything() });
      expect(renewedToken(result)).toMatchObject({
        ...token,
        jti: next.jti,
        issuedAtSeconds: NOW,
        expiresAtSeconds: NOW + LIFETIME,
        newest: true,
        generation: renewal.kind === 'hard' ? 1 : 0,
        replaces: token.jti,
      });
      expect(await store.find(renewedToken(result))).toMatchObject(renewedToken(result));
    });

    it('leaves the presented token live and no longer the newest', async () => {
      const token = await issued(store, LIFETIME / 2 + 1);
      await store.renew(token, successor(), renewal);
      expect(await store.find(token)).toMatchObject({ ...token, newest: false });
    });

    it('answers the newest for an older one', async () => {
      const first = await issued(store, LIFETIME / 2 + 1);
      const second = renewedToken(await store.renew(first, successor(), renewal));
      const repeated = await store.renew(first, successor(), renewal);
      expect(repeated).toMatchObject({ outcome: 'renewed', fresh: false, token: second });
    });

    it('makes the newest afresh for an older one once it is past half of its life', async () => {
      const first = await issued(store, LIFETIME / 2 + 1);
      const second = renewedToken(await store.renew(first, successor(), renewal));
      const later = successor(NOW + LIFETIME / 2 + 1);
      const third = await store.renew(first, later, renewal);
      expect(third).toMatchObject({ fresh: true, token: { jti: later.jti, newest: true } });
      expect(await store.find(second)).toMatchObject({ jti: second.jti, newest: false });
    });

    it('answers fifty at once with the same token, of which one call made it', async () => {
      const token = await issued(store, LIFETIME / 2 + 1);
      const results = await fiftyAtOnce(() => store.renew(token, successor(), renewal));
      const answered = results.map(renewedToken);
      expect(new Set(answered.map(({ jti }) => jti)).size).toBe(1);
      expect(new Set(answered.map((next) => next.expiresAtSeconds)).size).toBe(1);
      expect(results.filter((result) => 'fresh' in result && result.fresh)).toHaveLength(1);
    });

    it('accepts a token that has expired a little', async () => {
      const token = await issued(store, LIFETIME + GRACE_SECONDS - 60);
      const next = renewedToken(await store.renew(token, successor(), renewal));
      expect(next.expiresAtSeconds).toBe(NOW + LIFETIME);
    });

    it('makes no token that outlives its session', async () => {
      const sessionEndsAtSeconds = NOW + 1500;
      const token = await issued(store, LIFETIME / 2 + 1, { sessionEndsAtSeconds });
      const next = renewedToken(await store.renew(token, successor(), renewal));
      expect(next.expiresAtSeconds).toBe(sessionEndsAtSeconds);
    });

    it('refuses from the second on in which the session ends', async () => {
      const token = await issued(store, LIFETIME / 2 + 1, { sessionEndsAtSeconds: NOW + 100 });
      const late = successor(NOW + 100);
      expect(await store.renew(token, late, renewal)).toEqual({ outcome: 'refused' });
      const inTime = renewedToken(await store.renew(token, successor(NOW + 99), renewal));
      expect(inTime.sessionEndsAtSeconds).toBe(NOW + 100);
    });

    it('refuses an unknown token', async () => {
      const token = await issued(store);
      expect(await store.renew(newToken(), successor(), renewal)).toEqual({ outcome: 'refused' });
      const unknown = { ...token, jti: newToken().jti, issuedAtSeconds: NOW + 1 };
      expect(await store.renew(unknown, successor(), renewal)).toEqual({ outcome: 'refused' });
      expect(await store.find(token)).toMatchObject(token);
    });
  });

  describe('soft', () => {
    it('keeps the newest while it has half of its life left', async () => {
      const token = await issued(store, LIFETIME / 2);
      const result = await store.renew(token, successor(), SOFT);
      expect(result).toMatchObject({ outcome: 'renewed', fresh: false, token });
      expect(await store.find(token)).toMatchObject(token);
    });

    it('never makes a token that would not expire later', async () => {
      const token = await issued(store, 2000, { sessionEndsAtSeconds: NOW + 100 });
      const result = await store.renew(token, successor(), SOFT);
      expect(result).toMatchObject({ outcome: 'renewed', fresh: false, token });
    });

    it('refuses a token that a hard renewal let die, and leaves its session', async () => {
      const token = await issued(store);
      const next = renewedToken(await store.renew(token, successor(), hard(0)));
      expect(await store.renew(token, successor(), SOFT)).toEqual({ outcome: 'refused' });
      expect(await store.find(next)).toMatchObject(next);
    });
  });

  describe('hard', () => {
    it('replaces the newest however young it is, even if no later one comes', async () => {
      const young = await issued(store);
      const last = await issued(store, 2000, { sessionEndsAtSeconds: NOW + 100 });
      for (const token of [young, last]) {
        const next = successor();
        const result = await store.renew(token, next, hard());
        expect(result).toMatchObject({ fresh: true, token: { jti: next.jti, newest: true } });
        expect(await store.find(token)).toMatchObject({ newest: false });
      }
    });

    it('with no reuse interval kills the presented token at once', async () => {
      const token = await issued(store);
      const next = renewedToken(await store.renew(token, successor(), hard(0)));
      expect(await store.find(token)).toBeUndefined();
      expect(await store.find(next)).toMatchObject(next);
    });

    it('with no reuse interval lets one of fifty pass and takes the rest for a reuse', async () => {
      const token = await issued(store);
      const results = await fiftyAtOnce(() => store.renew(token, successor(), hard(0)));
      expect(results.filter(({ outcome }) => outcome === 'renewed')).toHaveLength(1);
      expect(results.filter(({ outcome }) => outcome === 'reused')).toHaveLength(49);
    });

    it('kills the presented token once the reuse interval has passed', async () => {
      const token = await issued(store);
      const next = renewedToken(await store.renew(token, successor(), hard(3)));
      expect(await store.find(token)).toMatchObject({ jti: token.jti });
      await passed(3);
      expect(await store.find(token)).toBeUndefined();
      expect(await store.find(next)).toMatchObject(next);
    });

    it('repeated does not prolong the life of the presented token', async () => {
      const token = await issued(store);
      await store.renew(token, successor(), hard(1));
      await store.renew(token, successor(), hard(60));
      await passed(1);
      expect(await store.find(token)).toBeUndefined();
    });

    it('of an older token lets it die too', async () => {
      const first = await issued(store, LIFETIME / 2 + 1);
      const second = renewedToken(await store.renew(first, successor(), SOFT));
      expect(await store.renew(first, successor(), hard(0))).toMatchObject({ token: second });
      expect(await store.find(first)).toBeUndefined();
      expect(await store.find(second)).toMatchObject(second);
    });

    describe('of a dead token', () => {
      it('answers the newest as long as no token that followed it was presented', async () => {
        const token = await issued(store);
        const next = renewedToken(await store.renew(token, successor(), hard(1)));
        await passed(1);
        for (const attempt of [1, 2]) {
          const result = await store.renew(token, successor(), hard(1));
          expect([attempt, result]).toMatchObject([attempt, { fresh: false, token: next }]);
        }
        expect(await store.find(next)).toMatchObject(next);
      });

      it('makes the newest afresh once it is past half of its life', async () => {
        const token = await issued(store);
        const second = renewedToken(await store.renew(token, successor(), hard(1)));
        await passed(1);
        const later = successor(NOW + LIFETIME / 2 + 1);
        const third = renewedToken(await store.renew(token, later, hard(1)));
        expect(third.jti).toBe(later.jti);
        const again = await store.renew(token, successor(NOW + LIFETIME / 2 + 2), hard(1));
        expect(again).toMatchObject({ fresh: false, token: { jti: third.jti } });
        await store.notePresented(second);
        expect(await store.renew(token, later, hard(1))).toEqual({ outcome: 'reused' });
      });

      it('is a reuse once the newest was presented', async () => {
        const token = await issued(store);
        const next = renewedToken(await store.renew(token, successor(), hard(1)));
        await store.notePresented(next);
        expect(await store.find(next)).toMatchObject({ presented: true });
        await passed(1);
        expect(await store.renew(token, successor(), hard(1))).toEqual({ outcome: 'reused' });
      });

      it('is a reuse once the newest was renewed', async () => {
        const first = await issued(store);
        const second = renewedToken(await store.renew(first, successor(), hard(1)));
        await store.renew(second, successor(), hard(1));
        await passed(1);
        expect(await store.renew(first, successor(), hard(1))).toEqual({ outcome: 'reused' });
        expect(await store.renew(second, successor(), hard(1))).toMatchObject({ fresh: false });
      });

      it('is no reuse if it is younger than the newest', async () => {
        const token = await issued(store, 10);
        const younger = { ...token, jti: newToken().jti, issuedAtSeconds: NOW };
        expect(await store.renew(younger, successor(), hard())).toEqual({ outcome: 'refused' });
      });
    });

    it('lets no session have more than a hundred live tokens, and the newest among them', async () => {
      const tokens = [await issued(store)];
      for (let i = 0; i < 110; i += 1) {
        tokens.push(renewedToken(await store.renew(tokens.at(-1)!, successor(), hard(60))));
      }
      const found = await Promise.all(tokens.map((token) => store.find(token)));
      expect(found.filter((live) => live !== undefined)).toHaveLength(100);
      expect(found.at(-1)).toMatchObject({ newest: true });
      const soft = await store.renew(tokens.at(-1)!, successor(NOW + LIFETIME / 2 + 1), SOFT);
      expect(soft).toMatchObject({ fresh: false, token: { jti: tokens.at(-1)!.jti } });
    });

    it('beyond a hundred lets a token that was not replaced live, and takes it for no theft', async () => {
      const idle = await issued(store);
      let newest = renewedToken(await store.renew(idle, successor(NOW + 1), { kind: 'next' }));
      for (let i = 0; i < 110; i += 1) {
        await store.notePresented(newest);
        newest = renewedToken(
          await store.renew(newest, successor(NOW + 1), hard(i < 100 ? 1 : 60)),
        );
      }
      expect(await store.find(idle)).toMatchObject({ jti: idle.jti });
      const answer = renewedToken(await store.renew(idle, successor(NOW + 1), hard(60)));
      expect(answer.jti).toBe(newest.jti);
    });

    it('of what the newest replaced is a lost answer, whatever the clocks of the instances say', async () => {
      const first = await issued(store);
      const second = renewedToken(await store.renew(first, successor(NOW + 5), hard(60)));
      const third = renewedToken(await store.renew(second, successor(NOW + 2), hard(0.001)));
      await sleep(50);
      const again = await store.renew(second, successor(NOW + 3), hard(60));
      expect(again).toMatchObject({ outcome: 'renewed' });
      expect(third.generation).toBeLessThanOrEqual(renewedToken(again).generation);
    });

    it('of a dead token is a reuse, as often as it is tried until its session is ended', async () => {
      const first = await issued(store);
      const second = renewedToken(await store.renew(first, successor(), hard(0)));
      const third = renewedToken(await store.renew(second, successor(), hard(60)));
      for (const attempt of [1, 2]) {
        const result = await store.renew(first, successor(), hard(60));
        expect([attempt, result]).toEqual([attempt, { outcome: 'reused' }]);
      }
      await store.endSessions(first.userId, [first.sessionId]);
      for (const token of [first, second, third]) {
        expect(await store.find(token)).toBeUndefined();
        expect(await store.renew(token, successor(), hard())).toEqual({ outcome: 'refused' });
      }
    });
  });
});
