import type { LiveToken, RevocationStore } from '../../src/tokens/revocation-store.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { adapters, redisAdapter, type OpenStore } from './adapters.js';
import { hard, issued, newToken, NOW, renewedToken, SOFT, successor } from './tokens.js';

const BOTH = ['pwd', 'otp', 'mfa'];

type Step = (store: RevocationStore, token: LiveToken) => Promise<LiveToken | undefined>;

/** Whatever makes a token out of another one of its session. */
const STEPS: [string, Step][] = [
  ['soft renewal', async (store, token) => renewedToken(await store.renew(token, later(), SOFT))],
  [
    'renewal at any age',
    async (store, token) => renewedToken(await store.renew(token, later(), { kind: 'next' })),
  ],
  ['hard renewal', async (store, token) => renewedToken(await store.renew(token, later(), hard()))],
  ['use of a token for a single use', (store, token) => store.consume(token, later())],
  [
    'change of the password',
    (store, token) => store.replaceTokens(token, later(), token.replacements + 1),
  ],
];

let seconds = 0;
/** Past half of the life of the one before, each time. */
function later() {
  seconds += 1_500;
  return successor(NOW + seconds);
}

beforeEach(() => {
  seconds = 0;
});

describe.each(adapters)('How a session was proved, in the revocation store: $name', (adapter) => {
  let opened: OpenStore;
  let store: RevocationStore;

  beforeAll(async () => {
    opened = await adapter.open();
    store = opened.store;
  });

  afterAll(() => opened.close());

  it.each([[['pwd']], [BOTH]])('is told with its token: %j', async (amr) => {
    const token = await issued(store, 0, { amr });
    expect(await store.find(token)).toMatchObject({ amr });
  });

  it.each(STEPS)('is kept by a %s', async (_, step) => {
    const token = await issued(store, 0, { amr: BOTH });
    const next = (await step(store, token)) ?? newToken();
    expect(next.jti).not.toBe(token.jti);
    expect(next.amr).toEqual(BOTH);
    expect(await store.find(next)).toMatchObject({ amr: BOTH });
  });

  it('is kept by all of them, one after the other', async () => {
    let token = await issued(store, 0, { amr: BOTH });
    for (const [, step] of STEPS) token = (await step(store, token)) ?? newToken();
    expect(await store.find(token)).toMatchObject({ amr: BOTH });
  });

  it('is told by a token that was presented, and by one that was replaced', async () => {
    const token = await issued(store, 0, { amr: BOTH });
    await store.notePresented(token);
    const next = renewedToken(await store.renew(token, later(), SOFT));
    await store.notePresented(next);
    for (const one of [token, next]) expect(await store.find(one)).toMatchObject({ amr: BOTH });
  });
});

describe('What Redis holds of how a session was proved', () => {
  let redis: RedisServer;
  let opened: OpenStore;

  beforeAll(async () => {
    redis = await privateRedis();
    opened = await redisAdapter('a private one', { REDIS_URL: redis.url }).open();
  });

  afterAll(() => opened.close());

  const keyOf = ({ userId, jti }: LiveToken) => `gatehouse:{${userId}}:token:${jti}`;

  async function record(token: LiveToken): Promise<unknown[]> {
    return JSON.parse(await redis.cli('GET', keyOf(token))) as unknown[];
  }

  async function write(token: LiveToken, changed: unknown[]): Promise<void> {
    await redis.cli('SET', keyOf(token), JSON.stringify(changed), 'KEEPTTL');
  }

  /** A token as an instance of the version before left it: its records end before the methods. */
  async function earlier(): Promise<LiveToken> {
    const token = await issued(opened.store);
    await write(token, (await record(token)).slice(0, 15));
    return token;
  }

  it('ends each record, so that an instance of the version before reads the rest as ever', async () => {
    const token = await issued(opened.store, 0, { amr: BOTH });
    const next = renewedToken(await opened.store.renew(token, later(), SOFT));
    for (const one of [token, next]) {
      const members = await record(one);
      expect(members).toHaveLength(16);
      expect(members.at(-1)).toBe('pwd otp mfa');
    }
  });

  it('is a password for a record of the version before', async () => {
    const token = await earlier();
    expect(await opened.store.find(token)).toMatchObject({ amr: ['pwd'] });
  });

  it.each(STEPS)('is a password after a %s of a record of the version before', async (_, step) => {
    const token = await earlier();
    const next = (await step(opened.store, token)) ?? newToken();
    expect(next.jti).not.toBe(token.jti);
    expect(next.amr).toEqual(['pwd']);
    expect((await record(next)).slice(15)).toEqual(['pwd']);
  });

  it('stays when another server has to confirm the record', async () => {
    const token = await issued(opened.store, 0, { amr: BOTH });
    const members = await record(token);
    await write(token, members.with(8, 'another server'));
    expect(await opened.store.find(token)).toMatchObject({ amr: BOTH });
    expect(await record(token)).toEqual(members);
  });
});
