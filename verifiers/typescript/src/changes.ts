const FEWEST_BUCKETS = 2 ** 16;
const MOST_BUCKETS = 2 ** 18;

/** How many buckets there are for each kept answer: so many changes reach one that is not meant now and then. */
const BUCKETS_PER_ANSWER = 2;

/** Before the difference of two positions could be misread. */
const POSITIONS_BEFORE_RESET = 2 ** 30;

/**
 * What was told to be forgotten, and when. It has no list of names: each falls into a bucket, which remembers the last
 * position. So its size is fixed, and two names that share a bucket are forgotten together.
 */
export class Changes {
  private readonly last: Uint32Array;
  private current = 0;

  constructor(maxTokens: number) {
    const wanted = 2 ** Math.ceil(Math.log2(maxTokens * BUCKETS_PER_ANSWER));
    this.last = new Uint32Array(Math.min(Math.max(wanted, FEWEST_BUCKETS), MOST_BUCKETS));
  }

  /** A place in the order of all that is told; it wraps around. */
  get position(): number {
    return this.current;
  }

  note(sids: readonly string[]): void {
    if (this.advance() % POSITIONS_BEFORE_RESET === 0) this.reset();
    for (const sid of sids) this.last[this.bucketOf(sid)] = this.current;
  }

  reset(): void {
    this.last.fill(this.advance());
  }

  /** Whether a name, or everything, was told to be forgotten after that position. */
  includes(sid: string, position: number): boolean {
    return (((this.last[this.bucketOf(sid)] ?? 0) - position) | 0) > 0;
  }

  private advance(): number {
    return (this.current = (this.current + 1) >>> 0);
  }

  /** FNV-1a. The names are random. */
  private bucketOf(sid: string): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < sid.length; i += 1) {
      hash = Math.imul(hash ^ sid.charCodeAt(i), 0x01000193);
    }
    return (hash ^ (hash >>> 15)) & (this.last.length - 1);
  }
}
