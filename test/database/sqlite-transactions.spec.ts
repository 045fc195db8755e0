import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { noMetrics } from '../support/metrics.js';
import { temporaryDirectory } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

/** What a locked file may cost a caller, and some room for a busy machine. */
const LOCKED_LIMIT_MS = 6_000 + 1_500;

Logger.overrideLogger(false);

function note(name: string) {
  return (manager: EntityManager) =>
    manager.query<unknown>('INSERT INTO notes (name) VALUES (?)', [name]);
}

async function namesIn(source: Pick<EntityManager, 'query'>): Promise<string[]> {
  const rows = await source.query<{ name: string }[]>('SELECT name FROM notes ORDER BY name');
  return rows.map(({ name }) => name);
}

const failed = new Error('changed its mind');

/** A promise and what resolves it. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('Transactions on SQLite', () => {
  let file: string;
  let database: Database;
  const read = () => database.read(namesIn);

  beforeEach(async () => {
    file = join(temporaryDirectory(), 'notes.sqlite');
    const env = Env.load({ DATABASE_URL: `sqlite:${file}` });
    database = new Database(new DataSource(await dataSourceOptions(env)), noMetrics);
    await database.onModuleInit();
    await database.write((manager) => manager.query('CREATE TABLE notes (name TEXT PRIMARY KEY)'));
  });

  afterEach(() => database.onApplicationShutdown());

  it('keep all of what they did, or none of it', async () => {
    await database.write(async (manager) => {
      await note('first')(manager);
      await note('second')(manager);
    });
    const halfWay = database.write(async (manager) => {
      await note('third')(manager);
      await note('first')(manager);
    });
    await expect(halfWay).rejects.toThrow(/UNIQUE/);
    expect(await read()).toEqual(['first', 'second']);
  });

  it('answer what their work answered, and throw what it threw', async () => {
    expect(await database.write(() => Promise.resolve(42))).toBe(42);
    await expect(database.write(() => Promise.reject(failed))).rejects.toBe(failed);
  });

  it('are not seen before they commit', async () => {
    const { open, opened } = gate();
    const writing = database.write(async (manager) => {
      await note('early')(manager);
      await opened;
    });
    await sleep(50);
    expect(await read()).toEqual([]);
    open();
    await writing;
    expect(await read()).toEqual(['early']);
  });

  it('lose none of a hundred good ones to the failing ones among them', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `note-${100 + index}`);
    const results = await Promise.allSettled(
      names.flatMap((name) => [
        database.write(note(name)),
        database.write(async (manager) => {
          await note(`${name}-lost`)(manager);
          await sleep(1);
          throw failed;
        }),
      ]),
    );
    const outcomes = new Set(results.map(({ status }, index) => `${index % 2} ${status}`));
    expect([...outcomes]).toEqual(['0 fulfilled', '1 rejected']);
    expect(await read()).toEqual(names);
  });

  it('run one after the other, in the order of asking', async () => {
    const events: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        database.write(async () => {
          events.push(`${name} begins`);
          await sleep(20);
          events.push(`${name} ends`);
        }),
      ),
    );
    expect(events).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('that fail would take an acknowledged one with them if TypeORM ran them', async () => {
    const source = await new DataSource({ type: 'sqlite', database: file }).initialize();
    const { open, opened } = gate();
    const failing = source.transaction(async (manager) => {
      await note('failing')(manager);
      await opened;
      throw failed;
    });
    await sleep(50);
    await source.transaction(note('acknowledged'));
    open();
    await expect(failing).rejects.toBe(failed);
    expect(await namesIn(source)).toEqual([]);
    await source.destroy();
  });

  it('wait no longer than 6 s for one that does not end, and are then left out', async () => {
    const { open, opened } = gate();
    const slow = database.write(async (manager) => {
      await opened;
      await note('slow')(manager);
    });
    const startedMs = performance.now();
    const waiting = await Promise.allSettled([1, 2, 3].map((n) => database.write(note(`${n}`))));
    expect(performance.now() - startedMs).toBeLessThan(LOCKED_LIMIT_MS);
    for (const result of waiting) {
      expect(result).toMatchObject({ reason: { code: 'service-unavailable' } });
    }
    open();
    await slow;
    await database.write(note('later'));
    expect(await read()).toEqual(['later', 'slow']);
  });

  describe('on a file that another program has locked', () => {
    let other: SqliteFile;

    beforeEach(async () => {
      other = await SqliteFile.open(file);
      await other.lock();
    });

    afterEach(() => other.close());

    it('wait for two seconds without harm', async () => {
      const names = ['1', '2', '3', '4', '5'];
      const writing = Promise.all(names.map((name) => database.write(note(name))));
      await sleep(2_000);
      expect(await read()).toEqual([]);
      await other.unlock();
      await writing;
      expect(await read()).toEqual(names);
    });

    it('give up within 6 s, whenever they came, while reads go on and later ones succeed', async () => {
      const startedMs = performance.now();
      const waits = [0, 0, 500, 1_000, 2_000].map(async (delayMs, index) => {
        await sleep(delayMs);
        const askedMs = performance.now();
        const error: unknown = await database
          .write(note(`${index}`))
          .catch((reason: unknown) => reason);
        return { error, ms: performance.now() - askedMs };
      });
      const slowestReadMs = await readUntil(startedMs + 4_000);
      for (const { error, ms } of await Promise.all(waits)) {
        expect(error).toMatchObject({ code: 'service-unavailable', retryAfterSeconds: 1 });
        expect(ms).toBeLessThan(LOCKED_LIMIT_MS);
      }
      expect(slowestReadMs).toBeLessThan(1_000);

      await other.unlock();
      await database.write(note('afterwards'));
      expect(await read()).toEqual(['afterwards']);
    });
  });

  async function readUntil(endMs: number): Promise<number> {
    let slowestMs = 0;
    while (performance.now() < endMs) {
      const startedMs = performance.now();
      expect(await read()).toEqual([]);
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      await sleep(50);
    }
    return slowestMs;
  }
});
