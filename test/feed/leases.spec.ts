import { setTimeout as sleep } from 'node:timers/promises';
import { randomWord } from '../../src/feed/random-word.js';
import type { PollAnswer } from '../../src/feed/verifier-polls.js';
import { feedAdapters, type OpenFeed } from '../contract/feed-adapters.js';
import { feedRoom } from '../support/feed-room.js';

const LEASE_MS = 250;

const yes = () => Promise.resolve(true);
const never = new AbortController().signal;

type Room = ReturnType<typeof feedRoom>;

/** A verifier that does as it is told, until it is stopped. */
class Verifier {
  readonly name = { client: `gtc_${randomWord()}`, verifier: randomWord() };
  readonly heard: string[] = [];
  resets = 0;
  after: string | undefined;
  private isStopped = false;
  private going: Promise<void> | undefined;

  constructor(private readonly rooms: readonly Room[]) {}

  async poll(after = this.after, waitMs = 1_000, room = this.rooms[0]!): Promise<PollAnswer> {
    return room.polls.poll({ ...this.name, after, waitMs }, never);
  }

  /** Polls one room after the other. @returns once it has a lease */
  async start(): Promise<this> {
    let hasLease!: () => void;
    const first = new Promise<void>((resolve) => (hasLease = resolve));
    this.going = (async () => {
      for (let i = 0; !this.isStopped; i += 1) {
        const answer = await this.poll(this.after, 1_000, this.rooms[i % this.rooms.length]);
        this.heard.push(...(answer.changed ?? []));
        if (answer.changed === undefined) this.resets += 1;
        this.after = answer.next;
        if (answer.leaseMs > 0) hasLease();
      }
    })();
    await first;
    return this;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.going;
  }
}

describe.each(feedAdapters)('Verifiers and changes: $name', (adapter) => {
  const opened: OpenFeed[] = [];
  let here: Room;
  /** Another instance; on SQLite there is none. */
  let there: Room;

  async function newRoom(exist = yes): Promise<Room> {
    const one = await adapter.open();
    opened.push(one);
    return feedRoom(one.feed, exist, LEASE_MS);
  }

  beforeAll(async () => {
    here = await newRoom();
    there = adapter.sharesLeases ? await newRoom() : here;
  });

  afterAll(async () => {
    for (const room of [here, there]) room.reader.onModuleDestroy();
    for (const one of opened) await one.close();
  });

  const ended = (...sessionIds: string[]) => ({ kind: 'sessions-ended', sessionIds }) as const;

  it('have heard of a change on whatever instance when it is done, and of each once', async () => {
    const verifiers = await Promise.all([
      new Verifier([here, there]).start(),
      new Verifier([there, here]).start(),
    ]);
    const sids = Array.from({ length: 40 }, () => randomWord());
    for (const [i, sid] of sids.entries()) {
      await (i % 2 === 0 ? here : there).changes.tell(ended(sid));
      for (const { heard } of verifiers) expect(heard).toContain(sid);
    }
    await Promise.all(verifiers.map((verifier) => verifier.stop()));
    for (const { heard, resets } of verifiers) {
      expect(heard.filter((sid) => sids.includes(sid))).toEqual(sids);
      // The first answer, and the first lease.
      expect(resets).toBeLessThanOrEqual(2);
    }
    for (const { name } of verifiers) await here.polls.giveBack(name);
  });

  it('end the wait for one that stopped, and forget its lease', async () => {
    const verifier = await new Verifier([here]).start();
    await verifier.stop();
    const [before] = (await here.records.read()).leases;
    expect(before).toMatchObject(verifier.name);
    await there.changes.tell(ended('somebody'));
    expect(verifier.heard).not.toContain('somebody');
    await there.changes.tell(ended('somebody else'));
    expect((await there.records.read()).leases).toEqual([]);
  });

  it('are told together with many others, in one entry', async () => {
    const verifier = await new Verifier([here]).start();
    const sids = Array.from({ length: 200 }, () => randomWord());
    await Promise.all(sids.map((sid) => there.changes.tell(ended(sid))));
    expect(new Set(verifier.heard)).toEqual(new Set([...verifier.heard, ...sids]));
    await verifier.stop();
    await here.polls.giveBack(verifier.name);
  });

  it('get no lease any more as long as they do not catch up', async () => {
    const verifier = await new Verifier([here]).start();
    await verifier.stop();
    // For the last look of the one who watched for it.
    await sleep(LEASE_MS / 2);
    const stale = verifier.after;
    await here.changes.tell(ended('one'));
    expect(await verifier.poll(stale, 0)).toMatchObject({ leaseMs: LEASE_MS, changed: ['one'] });
    await sleep(2 * LEASE_MS);
    const late = await verifier.poll(stale, 0);
    expect(late).toMatchObject({ leaseMs: 0, changed: ['one'] });
    expect(await verifier.poll(late.next, 0)).toMatchObject({ leaseMs: LEASE_MS, changed: [] });
    await here.polls.giveBack(verifier.name);
  });

  it('cost nothing as long as there is no client that could be one', async () => {
    const room = await newRoom(() => Promise.resolve(false));
    const { feed } = opened.at(-1)!;
    const calls = [
      jest.spyOn(feed, 'append'),
      jest.spyOn(feed, 'leases'),
      jest.spyOn(feed, 'look'),
    ];
    await Promise.all(Array.from({ length: 20 }, () => room.changes.tell(ended('nobody'))));
    for (const call of calls) expect(call).not.toHaveBeenCalled();
  });

  it('hear quietly of a renewal that leaves the old token some time', async () => {
    const verifier = await new Verifier([here]).start();
    await verifier.stop();
    await there.changes.tell({ kind: 'renewed-hard', sessionId: 'renewed' });
    expect(await verifier.poll()).toMatchObject({ changed: ['renewed'] });
    await here.polls.giveBack(verifier.name);
  });

  it('forget everything once the store has lost what it had', async () => {
    const verifier = await new Verifier([here, there]).start();
    const { resets } = verifier;
    await opened[0]!.lose();
    await there.changes.tell(ended('after the loss'));
    await there.changes.tell(ended('later'));
    expect(verifier.resets).toBeGreaterThan(resets);
    await verifier.stop();
    await here.polls.giveBack(verifier.name);
  });
});
