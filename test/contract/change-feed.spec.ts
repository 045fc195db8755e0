import {
  LOOK_ENTRIES,
  type ChangeFeed,
  type FeedEntry,
  type Lease,
  type LeaseRecord,
  type Position,
} from '../../src/feed/change-feed.js';
import { parseCursor, toCursor } from '../../src/feed/cursor.js';
import { randomWord } from '../../src/feed/random-word.js';
import { feedAdapters, type OpenFeed } from './feed-adapters.js';

function entryOf(...sids: string[]): FeedEntry {
  return { sids, isQuiet: false, atMs: Date.now() };
}

function leaseOf(overrides: Partial<Lease> = {}): Lease {
  const client = `gtc_${randomWord()}`;
  return { client, verifier: randomWord(), lengthMs: 1_000, acknowledged: '', ...overrides };
}

describe.each(feedAdapters)('The change feed: $name', (adapter) => {
  let opened: OpenFeed;
  let other: OpenFeed;
  let feed: ChangeFeed;

  beforeAll(async () => {
    opened = await adapter.open();
    other = await adapter.open();
    feed = opened.feed;
    // The life begins.
    await feed.look([]);
  });

  afterAll(async () => {
    await opened.close();
    await other.close();
  });

  async function now(): Promise<Position> {
    const { life, end } = await feed.look([]);
    return { life, index: end };
  }

  async function recordOf({ client, verifier }: Lease): Promise<LeaseRecord | undefined> {
    const { leases } = await feed.leases();
    return leases.find((record) => record.client === client && record.verifier === verifier);
  }

  describe('has entries', () => {
    it('as they were appended, in order, behind any place', async () => {
      const start = await now();
      const entries = [
        entryOf('one', 'two'),
        { ...entryOf('three'), isQuiet: true },
        { ...entryOf(), sids: 'everything' as const },
      ];
      for (const entry of entries) await feed.append(entry);
      for (const skipped of [0, 1, 2, 3]) {
        const after = { ...start, index: start.index + skipped };
        const { entries: found, ...look } = await feed.look([], after);
        expect(look).toMatchObject({ life: start.life, end: start.index + 3 });
        expect(found).toEqual(
          entries.slice(skipped).map((entry, i) => ({ ...entry, index: after.index + i + 1 })),
        );
      }
    });

    it('of another process, at the place that this one was told', async () => {
      const { life, index } = await other.feed.append(entryOf('elsewhere'));
      const look = await feed.look([], { life, index: index - 1 });
      expect(look.life).toBe(life);
      expect(look.entries).toEqual([expect.objectContaining({ index, sids: ['elsewhere'] })]);
    });

    it('of which none is ever overtaken, however many are appended at once', async () => {
      const start = await now();
      const names = Array.from({ length: 200 }, (_, i) => `${i}`);
      const seen: string[] = [];
      const writing = { isDone: false };
      const reader = (async () => {
        for (let after = start; ;) {
          const wasDone = writing.isDone;
          const look = await feed.look([], after);
          seen.push(...look.entries.flatMap(({ sids }) => sids));
          if (wasDone) return;
          after = { life: look.life, index: look.end };
        }
      })();
      const rest = [...names];
      const writers = [opened, other, opened, other].map(async (writer) => {
        for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
          await writer.feed.append(entryOf(name));
        }
      });
      await Promise.all(writers);
      writing.isDone = true;
      await reader;
      expect(new Set(seen)).toEqual(new Set(names));
      expect(seen).toHaveLength(names.length);
    });

    it('up to the end also if the given place is of another life, or behind it', async () => {
      const { life, index } = await feed.append(entryOf('last'));
      for (const after of [
        { life: 'another', index: index + 5 },
        { life, index: index - 1 },
      ]) {
        expect((await feed.look([], after)).entries.at(-1)).toMatchObject({ sids: ['last'] });
      }
    });
  });

  it('names its life in a cursor that can be read again', async () => {
    const position = await now();
    expect(parseCursor(toCursor(position))).toEqual(position);
  });

  describe('has leases', () => {
    it('as they were written, and with another beat after each renewal', async () => {
      const lease = leaseOf();
      expect((await feed.look([lease])).outcomes).toEqual(['granted']);
      const first = await recordOf(lease);
      expect(first).toMatchObject(lease);
      const renewed = { ...lease, lengthMs: 4_000, acknowledged: toCursor(await now()) };
      expect((await feed.look([renewed])).outcomes).toEqual(['granted']);
      const second = await recordOf(lease);
      expect(second).toMatchObject(renewed);
      expect(second?.beat).not.toBe(first?.beat);
    });

    it('that are not renewed by a verifier that acknowledges nothing', async () => {
      const lease = leaseOf();
      await feed.look([lease]);
      const record = await recordOf(lease);
      expect((await feed.look([lease])).outcomes).toEqual(['kept']);
      expect(await recordOf(lease)).toEqual(record);
    });

    it('of one client and verifier together', async () => {
      const one = leaseOf();
      const another = leaseOf({ verifier: one.verifier });
      expect((await feed.look([one, another])).outcomes).toEqual(['granted', 'granted']);
      await feed.giveBack(one);
      expect(await recordOf(one)).toBeUndefined();
      expect(await recordOf(another)).toMatchObject(another);
    });

    it('that are dropped only if they were not renewed', async () => {
      const lease = leaseOf({ acknowledged: toCursor(await now()) });
      await feed.look([lease]);
      const record = await recordOf(lease);
      await feed.look([lease]);
      await feed.drop(record!);
      const renewed = await recordOf(lease);
      expect(renewed).toMatchObject(lease);
      await feed.drop(renewed!);
      expect(await recordOf(lease)).toBeUndefined();
    });

    it('for at most 1,000 verifiers of a client, of which none is evicted', async () => {
      const { client } = leaseOf();
      const many = Array.from({ length: 999 }, () => leaseOf({ client }));
      for (let i = 0; i < many.length; i += 100) await feed.look(many.slice(i, i + 100));
      const [last, surplus] = [leaseOf({ client }), leaseOf({ client })];
      const stranger = leaseOf();
      const { outcomes } = await feed.look([last, surplus, stranger]);
      expect(outcomes).toEqual(['granted', 'full', 'granted']);
      const renewed = { ...last, acknowledged: toCursor(await now()) };
      expect((await feed.look([renewed])).outcomes).toEqual(['granted']);
      const { leases } = await feed.leases();
      expect(leases.filter((record) => record.client === client)).toHaveLength(1_000);
      await feed.giveBack(last);
      expect((await feed.look([surplus])).outcomes).toEqual(['granted']);
      for (const lease of [...many, surplus]) await feed.giveBack(lease);
    });

    it('which every process knows that is said to know all of them', async () => {
      const lease = leaseOf();
      await feed.look([lease]);
      const { life, isComplete, leases } = await other.feed.leases();
      expect(isComplete).toBe(adapter.sharesLeases);
      expect(life).toBe((await now()).life);
      const found = leases.find(({ verifier }) => verifier === lease.verifier);
      expect(found !== undefined).toBe(isComplete);
    });
  });

  it('begins another life once it has lost what it had', async () => {
    const lease = leaseOf();
    await feed.look([lease]);
    const before = await feed.append(entryOf('lost'));
    await opened.lose();
    const after = await feed.look([], before);
    expect(after.life).not.toBe(before.life);
    expect(after.life).not.toBe('');
    expect(after.entries.map(({ sids }) => sids)).not.toContainEqual(['lost']);
    // On SQLite the leases are not in the store.
    if (adapter.sharesLeases) expect(await recordOf(lease)).toBeUndefined();
    const next = await feed.append(entryOf('found'));
    expect(next.life).toBe(after.life);
    expect((await feed.look([], before)).entries).toEqual(
      expect.arrayContaining([expect.objectContaining({ sids: ['found'] })]),
    );
  });

  it('answers no more entries than a process keeps', async () => {
    await opened.fill(LOOK_ENTRIES + 1);
    const { life } = await now();
    const look = await feed.look([], { life, index: 1 });
    expect((await feed.look([], { life, index: look.end - 5 })).entries).toHaveLength(5);
    expect(look.entries).toHaveLength(LOOK_ENTRIES);
    expect(look.entries.at(-1)?.index).toBe(look.end);
  });

  it('says service-unavailable to everything once it cannot answer', async () => {
    const lost = await adapter.open();
    await lost.close();
    for (const call of [lost.feed.append(entryOf('x')), lost.feed.look([]), lost.feed.leases()]) {
      await expect(call).rejects.toMatchObject({ code: 'service-unavailable' });
    }
  });
});
