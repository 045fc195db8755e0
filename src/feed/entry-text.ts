import type { FeedEntry, IndexedEntry } from './change-feed.js';

/** More than that in one entry are not named: everybody forgets everything. */
const MAX_SIDS = 256;

/** One entry for changes that are told at the same time. */
export function merge(entries: readonly FeedEntry[]): FeedEntry {
  const sids = new Set<string>();
  for (const entry of entries) {
    if (entry.sids === 'everything') return { ...merged(entries), sids: 'everything' };
    for (const sid of entry.sids) sids.add(sid);
  }
  return { ...merged(entries), sids: sids.size > MAX_SIDS ? 'everything' : [...sids] };
}

function merged(entries: readonly FeedEntry[]): Omit<FeedEntry, 'sids'> {
  return {
    isQuiet: entries.every(({ isQuiet }) => isQuiet),
    atMs: Math.min(...entries.map(({ atMs }) => atMs)),
  };
}

/** An entry as stores keep it. */
export function toText({ sids, isQuiet, atMs }: FeedEntry): string {
  return JSON.stringify([atMs, isQuiet ? 1 : 0, sids]);
}

/** What cannot be read, because a later version wrote it, lets everybody forget everything. */
export function parseText(text: string): FeedEntry {
  try {
    const [atMs, quiet, sids] = JSON.parse(text) as [number, 0 | 1, FeedEntry['sids']];
    const areNamed = Array.isArray(sids) && sids.every((sid) => typeof sid === 'string');
    return {
      atMs,
      isQuiet: quiet === 1 && areNamed,
      sids: areNamed ? sids : 'everything',
    };
  } catch {
    return { atMs: 0, isQuiet: false, sids: 'everything' };
  }
}

/** The last of the entries that follow each other up to the end. */
export function withoutGap(entries: readonly IndexedEntry[], end: number): IndexedEntry[] {
  const count = entries.length;
  const first = entries.findLastIndex(({ index }, place) => index !== end - (count - 1 - place));
  return entries.slice(first + 1);
}
