import type { IndexedEntry, Look } from './change-feed.js';
import { FeedWindow } from './feed-window.js';

const entry = (index: number): IndexedEntry => ({
  index,
  sids: [`sid-${index}`],
  isQuiet: false,
  atMs: 0,
});

/** What a look at a feed of so many entries finds, of which the last ones are still there. */
function look(life: string, end: number, found = end): Look {
  const entries = Array.from({ length: found }, (_, i) => entry(end - found + 1 + i));
  return { life, end, entries, outcomes: [] };
}

describe('A window on the feed', () => {
  let window: FeedWindow;

  beforeEach(() => {
    window = new FeedWindow();
    window.take(look('one', 4), 0);
  });

  it('names what came after a cursor', () => {
    expect(window.since({ life: 'one', index: 2 })).toEqual({
      next: { life: 'one', index: 4 },
      changed: ['sid-3', 'sid-4'],
      isUrgent: true,
    });
    expect(window.since({ life: 'one', index: 4 })).toMatchObject({ changed: [], isUrgent: false });
  });

  it.each([
    ['there is none', undefined],
    ['it is of another life, also one that had as many entries', { life: 'two', index: 2 }],
    ['it lies behind the end', { life: 'one', index: 5 }],
  ])('lets everything be forgotten if %s', (_, cursor) => {
    expect(window.since(cursor)).toMatchObject({ changed: undefined });
  });

  it('lets everything be forgotten if entries are missing behind the cursor', () => {
    window.take(look('one', 9, 3), 0);
    expect(window.since({ life: 'one', index: 4 })).toMatchObject({ changed: undefined });
    expect(window.since({ life: 'one', index: 6 })).toMatchObject({
      changed: ['sid-7', 'sid-8', 'sid-9'],
    });
  });

  it('begins again with another life of the store', () => {
    window.take(look('two', 4), 0);
    expect(window.since({ life: 'one', index: 3 })).toMatchObject({ changed: undefined });
    expect(window.since({ life: 'two', index: 3 })).toMatchObject({ changed: ['sid-4'] });
  });
});
