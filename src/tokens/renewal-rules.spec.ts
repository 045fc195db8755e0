import { hard, LIFETIME, newToken, NOW, SOFT, successor } from '../../test/contract/tokens.js';
import {
  decideRenewal,
  isFollower,
  isPastHalfLife,
  type RenewalDecision,
} from './renewal-rules.js';
import type { LiveToken, PresentedToken, Renewal } from './revocation-store.js';

const HARD = hard();
const NEXT: Renewal = { kind: 'next' };
const KINDS = [SOFT, NEXT, HARD];

const HALF_LIFE = LIFETIME / 2;

const REFUSED = { outcome: 'refused' };
const REUSED = { outcome: 'reused' };

/** A token of the same session that was made for `earlier`, so many seconds ago. */
function madeFor(
  earlier: LiveToken,
  ageSeconds: number,
  overrides: Partial<LiveToken> = {},
): LiveToken {
  const { userId, sessionId, sessionEndsAtSeconds } = earlier;
  return newToken(ageSeconds, {
    ...{ userId, sessionId, sessionEndsAtSeconds, generation: 1, replaces: earlier.jti },
    ...overrides,
  });
}

interface Found {
  /** The record of what is presented; undefined if it is not live. */
  live?: LiveToken | undefined;
  newest?: LiveToken | undefined;
  isFull?: boolean;
}

function decide(
  presented: PresentedToken,
  renewal: Renewal,
  { live, newest, isFull = false }: Found,
  presentSeconds = NOW,
): RenewalDecision {
  return decideRenewal(presented, live, newest, renewal, successor(presentSeconds), isFull);
}

/** Decides for a token that is live. */
function decideLive(live: LiveToken, renewal: Renewal, found: Found = { newest: live }) {
  return decide(live, renewal, { live, ...found });
}

describe('A token is past its half-life', () => {
  it.each([
    [HALF_LIFE, false],
    [HALF_LIFE + 1, true],
    [LIFETIME + 1, true],
  ])('%d s after its issue: %s', (ageSeconds, isPast) => {
    expect(isPastHalfLife(newToken(ageSeconds), NOW)).toBe(isPast);
  });

  it('not before the half second in the middle of an odd life', () => {
    const token = { issuedAtSeconds: NOW, expiresAtSeconds: NOW + 3 };
    expect([1, 2].map((age) => isPastHalfLife(token, NOW + age))).toEqual([false, true]);
  });
});

describe('A renewal', () => {
  it('of the newest token makes the next one: hard at any age, soft past its half-life', () => {
    for (const ageSeconds of [0, HALF_LIFE, HALF_LIFE + 1, LIFETIME + 100]) {
      const token = newToken(ageSeconds);
      const made = { outcome: 'fresh', next: { replaces: token.jti, issuedAtSeconds: NOW } };
      expect(decideLive(token, HARD)).toMatchObject(made);
      expect(decideLive(token, SOFT)).toMatchObject(
        ageSeconds > HALF_LIFE ? made : { outcome: 'newest', newest: token },
      );
    }
  });

  it.each(KINDS)('of an older token answers the newest ($kind)', (renewal) => {
    const older = newToken(500);
    const newest = madeFor(older, 0);
    expect(decideLive(older, renewal, { newest })).toEqual({ outcome: 'newest', newest });
  });

  it.each(KINDS)(
    'of an older token makes the newest afresh past its half-life ($kind)',
    (renewal) => {
      const older = newToken(HALF_LIFE + 500);
      const newest = madeFor(older, HALF_LIFE + 1);
      const made = { outcome: 'fresh', next: { replaces: older.jti, issuedAtSeconds: NOW } };
      expect(decideLive(older, renewal, { newest })).toMatchObject(made);
    },
  );

  it('of a dead token answers the newest while no follower was presented: the answer was lost', () => {
    const dead = newToken(500);
    const young = madeFor(dead, 100);
    expect(decide(dead, HARD, { newest: young })).toEqual({ outcome: 'newest', newest: young });
    const old = madeFor(dead, HALF_LIFE + 1);
    const made = { outcome: 'fresh', next: { replaces: dead.jti } };
    expect(decide(dead, HARD, { newest: old })).toMatchObject(made);
  });

  it.each([
    ['its follower was presented', { presented: true }, HARD],
    ['another follower was presented before', { followed: true }, HARD],
    ['a later token was made since', { replaces: 'its-follower' }, HARD],
    ['there is no reuse interval', {}, hard(0)],
  ])('of a dead token is a reuse if %s', (_, overrides, renewal) => {
    const dead = newToken(500);
    const newest = madeFor(dead, 100, overrides);
    expect(decide(dead, renewal, { newest })).toEqual(REUSED);
    for (const kind of [SOFT, NEXT]) expect(decide(dead, kind, { newest })).toEqual(REFUSED);
  });

  it('of a token that cannot have been replaced is refused, and no reuse', () => {
    const gone = newToken(500);
    const first = madeFor(gone, 100, { replaces: null });
    const older = madeFor(gone, 501, { replaces: 'another' });
    const restart = { restartJti: 'restart', restartedAtSeconds: NOW - 400 };
    const afterPasswordChange = madeFor(gone, 100, { replaces: 'restart', ...restart });
    for (const newest of [undefined, first, older, afterPasswordChange]) {
      expect(decide(gone, HARD, { newest })).toEqual(REFUSED);
    }
    // What the password change itself made can have been replaced.
    const restarted = { ...gone, jti: 'restart', issuedAtSeconds: NOW - 400 };
    const later = madeFor(restarted, 100, { ...restart, replaces: 'another' });
    expect(decide(restarted, HARD, { newest: later })).toEqual(REUSED);
  });

  it.each(KINDS)('is refused from the second on in which the session ends ($kind)', (renewal) => {
    const token = newToken(HALF_LIFE + 1, { sessionEndsAtSeconds: NOW + LIFETIME });
    const found = { live: token, newest: token };
    expect(decide(token, renewal, found, NOW + LIFETIME)).toEqual(REFUSED);
    expect(decide(token, renewal, found, NOW + LIFETIME - 1)).toMatchObject({ outcome: 'fresh' });
  });

  it('makes a token that ends with the session, and softly none that would not live longer', () => {
    const token = newToken(2_000, { sessionEndsAtSeconds: NOW + 100 });
    expect(token.expiresAtSeconds).toBe(NOW + 100);
    const next = { expiresAtSeconds: NOW + 100 };
    expect(decideLive(token, HARD)).toMatchObject({ outcome: 'fresh', next });
    for (const renewal of [SOFT, NEXT]) {
      expect(decideLive(token, renewal)).toMatchObject({ outcome: 'newest' });
    }
  });

  it('of kind "next" makes a token at any age that lives longer, if only by a second', () => {
    expect(decideLive(newToken(1), NEXT)).toMatchObject({ outcome: 'fresh' });
    expect(decideLive(newToken(0), NEXT)).toMatchObject({ outcome: 'newest' });
  });

  it('adds no token to a full session but for a hard one', () => {
    const newest = newToken(HALF_LIFE + 1);
    const found = { newest, isFull: true };
    expect(decideLive(newest, SOFT, found)).toEqual({ outcome: 'newest', newest });
    expect(decideLive(newest, NEXT, found)).toEqual({ outcome: 'newest', newest });
    expect(decideLive(newest, HARD, found)).toMatchObject({ outcome: 'fresh' });
  });

  it('makes a token from an older one if the newest is lost', () => {
    const older = newToken(10, { newest: false });
    for (const renewal of KINDS) {
      const decision = decideLive(older, renewal, { newest: undefined });
      expect(decision).toMatchObject({ outcome: 'fresh', next: { sessionId: older.sessionId } });
    }
  });

  it('counts a generation if the presented token has to die', () => {
    const token = newToken(HALF_LIFE + 1, { generation: 4 });
    expect(decideLive(token, SOFT)).toMatchObject({ next: { generation: 4 } });
    expect(decideLive(token, HARD)).toMatchObject({ next: { generation: 5 } });
  });

  it('knows of a token made twice for one whether the first answer arrived', () => {
    const dying = newToken(HALF_LIFE + 500);
    for (const arrived of [{ presented: true }, { followed: true }, {}]) {
      const newest = madeFor(dying, HALF_LIFE + 1, arrived);
      const isKnown = 'presented' in arrived || 'followed' in arrived;
      const remade = { outcome: 'fresh', next: { presented: false, followed: isKnown } };
      expect(decideLive(dying, HARD, { newest })).toMatchObject(remade);
      expect(decideLive(newest, HARD)).toMatchObject({ next: { followed: false } });
    }
    const [first, second] = [madeFor(dying, 20), madeFor(dying, 10)];
    expect(isFollower(first, second)).toBe(true);
    expect(isFollower(second, second)).toBe(false);
    expect(isFollower(dying, { ...second, replaces: null })).toBe(false);
  });
});
