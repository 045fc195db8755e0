import { Env } from '../../src/config/env.js';
import { ChangeAnnouncements } from '../../src/feed/change-announcements.js';
import type { ChangeFeed } from '../../src/feed/change-feed.js';
import { FeedReader } from '../../src/feed/feed-reader.js';
import { LeaseRecords } from '../../src/feed/lease-records.js';
import { LeaseWaits } from '../../src/feed/lease-waits.js';
import { MonotonicClock } from '../../src/feed/monotonic-clock.js';
import { VerifierPolls } from '../../src/feed/verifier-polls.js';
import { VerifierPresence } from '../../src/feed/verifier-presence.js';
import { noMetrics } from './metrics.js';

/** What an instance does with a feed, made of the parts that a real one has. */
export function feedRoom(
  feed: ChangeFeed,
  exist: () => Promise<boolean>,
  leaseMs = 1_000,
  clock = new MonotonicClock(),
) {
  const env = Env.load({ VERIFIER_LEASE: String(leaseMs) });
  const records = new LeaseRecords(feed, clock);
  const presence = new VerifierPresence(clock);
  presence.learnBy(exist);
  const reader = new FeedReader(feed, records, clock, noMetrics);
  const waits = new LeaseWaits(env, records, clock);
  return {
    reader,
    records,
    polls: new VerifierPolls(env, feed, reader, records, presence, clock),
    changes: new ChangeAnnouncements(env, feed, records, waits, presence, clock, noMetrics),
  };
}

/** Announcements where nobody listens. */
export const unheard = feedRoom({} as ChangeFeed, () => Promise.resolve(false)).changes;
