import type { Scheduler } from 'fast-check';
import { feedRoom } from '../../support/feed-room.js';
import { ModelClock, ModelTime } from './model-clock.js';
import { ModelFeed, ModelStore } from './model-store.js';
import { ModelVerifier } from './model-verifier.js';

const LEASE_MS = 1_000;
const END_MS = 3_500;
const CLIENT = 'gtc_model';
const SIDS = ['one', 'two', 'three'];

export interface Course {
  /** What breaks, once, at a time that the scheduler chooses. */
  readonly fault: 'none' | 'instance' | 'store';
  /** By how much time moves, in turn. */
  readonly stepsMs: readonly number[];
  /** How the clocks of the two instances and the two verifiers run. */
  readonly rates: readonly [number, number, number, number];
  /** Which instance is asked, in turn. */
  readonly ways: readonly number[];
  /** When the client is made, each change, and when the fault comes. */
  readonly timesMs: readonly [number, number, number, number, number];
  /** How long a verifier is cut off after an answer, in turn. */
  readonly cutsMs: readonly number[];
  /** How long a step of an instance takes beside what the scheduler makes of it, in turn. */
  readonly lagsMs: readonly number[];
}

/**
 * Two instances, two verifiers, three changes, one fault; every message takes as long as the scheduler likes.
 * @returns what was accepted after a change was said to be done, and how often a kept answer was used
 */
export async function play(scheduler: Scheduler, course: Course) {
  const time = new ModelTime();
  const store = new ModelStore();
  const live = new Set(SIDS);
  const done = new Set<string>();
  const wrong: string[] = [];
  let used = 0;
  let hasClient = false;
  let isOver = false;

  const travel = () => scheduler.schedule(Promise.resolve());
  const incarnation = [0, 0];
  let step = 0;
  const start = (index: number) => {
    const clock = new ModelClock(time, course.rates[index]);
    const mine = incarnation[index];
    // What a dead process was about to do never happens.
    const alive = async () => {
      await travel();
      const lagMs = nthOf(course.lagsMs, (step += 1));
      if (lagMs > 0) await time.pass(lagMs);
      if (incarnation[index] !== mine) await new Promise(() => undefined);
    };
    const exist = async () => {
      await alive();
      const answer = hasClient;
      await alive();
      return answer;
    };
    return feedRoom(new ModelFeed(store, alive), exist, LEASE_MS, clock);
  };
  const instances = [start(0), start(1)];
  let way = 0;
  const next = () => instances[nthOf(course.ways, (way += 1))]!;

  const clockwork = async () => {
    for (let i = 0; !isOver; i += 1) {
      await travel();
      time.advance(nthOf(course.stepsMs, i));
    }
  };
  const fault = async () => {
    await time.pass(course.timesMs[4]);
    if (course.fault === 'store') store.lose();
    if (course.fault === 'instance') {
      incarnation[0]! += 1;
      instances[0] = start(0);
    }
  };
  const change = async (sid: string, atMs: number) => {
    await time.pass(atMs);
    const { changes } = next();
    live.delete(sid);
    await travel();
    await changes.tell({ kind: 'sessions-ended', sessionIds: [sid] });
    done.add(sid);
  };
  const polls = async (verifier: ModelVerifier, name: string) => {
    for (let i = 0; !isOver; i += 1) {
      const { atMs } = verifier.begin();
      await travel();
      if (!hasClient) continue;
      const poll = { client: CLIENT, verifier: name, after: verifier.after, waitMs: 1_000 };
      const lost = new AbortController();
      const answer = await Promise.race([
        next().polls.poll(poll, lost.signal),
        time.pass(2 * LEASE_MS).then(() => undefined),
      ]);
      lost.abort();
      await travel();
      if (answer) verifier.apply(atMs, answer);
      const cutMs = nthOf(course.cutsMs, i);
      if (cutMs > 0) await time.pass(cutMs);
    }
  };
  const requests = async (verifier: ModelVerifier) => {
    for (let i = 0; !isOver; i += 1) {
      const sid = SIDS[i % SIDS.length]!;
      if (verifier.accepts(sid)) {
        used += 1;
        if (done.has(sid)) wrong.push(sid);
        await travel();
        continue;
      }
      const { at } = verifier.begin();
      await travel();
      const isActive = live.has(sid);
      await travel();
      if (isActive) verifier.keep(sid, at);
    }
  };

  const verifiers = [2, 3].map((i) => new ModelVerifier(new ModelClock(time, course.rates[i])));
  const actors = [
    clockwork(),
    fault(),
    ...SIDS.map((sid, i) => change(sid, course.timesMs[i + 1] ?? 0)),
    ...verifiers.flatMap((verifier, i) => [polls(verifier, `verifier-${i}`), requests(verifier)]),
  ];
  for (const actor of actors) actor.catch((error: unknown) => wrong.push(String(error)));
  await scheduler.waitFor(
    (async () => {
      await time.pass(course.timesMs[0]);
      hasClient = true;
      await time.pass(END_MS);
      isOver = true;
    })(),
  );
  return { wrong, used, done: done.size };
}

function nthOf(items: readonly number[], index: number): number {
  return items[index % items.length] ?? 0;
}
