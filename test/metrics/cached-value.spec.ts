import { setTimeout as sleep } from 'node:timers/promises';
import { CachedValue } from '../../src/metrics/cached-value.js';

describe('A number that costs something to learn', () => {
  let offsetMs = 0;

  beforeEach(() => {
    offsetMs = 0;
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + offsetMs);
  });

  afterEach(() => jest.restoreAllMocks());

  it('is asked for again after ten seconds', async () => {
    let asked = 0;
    const reading = new CachedValue(() => Promise.resolve((asked += 1)));
    expect(await reading.take()).toBe(1);
    offsetMs = 9_000;
    expect(await reading.take()).toBe(1);
    offsetMs = 11_000;
    expect(await reading.take()).toBe(2);
  });

  it('takes a twentieth of the time if it takes long, and its older value is told meanwhile', async () => {
    let asked = 0;
    const reading = new CachedValue(async () => {
      asked += 1;
      await sleep(1_500);
      return 100 + asked;
    });
    expect(await reading.take()).toBeUndefined();
    await sleep(1_000);
    expect(await reading.take()).toBe(101);
    offsetMs = 25_000;
    expect(await reading.take()).toBe(101);
    expect(asked).toBe(1);
    offsetMs = 35_000;
    expect(await reading.take()).toBe(101);
    expect(asked).toBe(2);
    await sleep(1_000);
    expect(await reading.take()).toBe(102);
  }, 15_000);

  it('is not told any more once it cannot be learnt', async () => {
    let isDown = false;
    const reading = new CachedValue(() =>
      isDown ? Promise.reject(new Error()) : Promise.resolve(1),
    );
    expect(await reading.take()).toBe(1);
    isDown = true;
    offsetMs = 11_000;
    expect(await reading.take()).toBeUndefined();
    isDown = false;
    expect(await reading.take()).toBe(1);
  });
});
