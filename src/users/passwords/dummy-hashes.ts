import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { KeyObject } from 'node:crypto';
import { BackgroundJobs } from '../../config/background-jobs.js';
import { secretFor, type TokenKeys } from '../../config/token-keys.js';
import { Database } from '../../database/database.js';
import { TOKEN_KEYS } from '../../tokens/access-token.js';
import { costFault } from './hash-cost.js';
import { fraction, sampleHashes, type SampledHash } from './hash-sample.js';
import { PasswordHasher } from './password-hasher.js';

const SURVEY_INTERVAL_MS = 10 * 60_000;
/** After a failure; twice as long after each further one in a row, up to the interval. */
const SURVEY_RETRY_MS = 5_000;

/** A kind of hash among the accounts. */
interface Kind {
  readonly name: string;
  /** A hash of no one's password. */
  readonly dummy: string;
  /** How many accounts of the sample have it. */
  count: number;
}

/**
 * The hashes that are verified if a name is unknown, so that its log-in takes as long as one of an
 * account. Of what kind they are is drawn for each name, in the shares that the kinds have among the
 * accounts, by a key of the service: the same for a name each time, on all instances.
 */
@Injectable()
export class DummyHashes implements OnApplicationBootstrap {
  private readonly logger = new Logger('DummyHashes');
  private readonly key: KeyObject;
  private readonly ownDummy: string;
  private kinds: readonly Kind[] = [];
  private readonly reported = new Set<number>();
  private surveyDelayMs = 0;
  private retryDelayMs = SURVEY_RETRY_MS;

  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly jobs: BackgroundJobs,
    @Inject(TOKEN_KEYS) keys: TokenKeys,
  ) {
    this.key = secretFor('dummy hashes', keys);
    this.ownDummy = this.hasher.likenessOf();
  }

  onApplicationBootstrap(): void {
    this.jobs.repeat(
      () => this.surveyDelayMs,
      () => this.tryToSurvey(),
    );
  }

  /**
   * The hash to verify in the place of one that a name does not have. Each kind draws a number for the
   * name, weighted by its share (rendezvous hashing), so that a kind that shrinks gives names to the
   * others and takes none from them.
   */
  of(name: string): string {
    let [dummy, least] = [this.ownDummy, Infinity];
    for (const kind of this.kinds) {
      const drawn = -Math.log1p(-fraction(this.key, `${kind.name} ${name}`)) / kind.count;
      if (drawn < least) [dummy, least] = [kind.dummy, drawn];
    }
    return dummy;
  }

  private async tryToSurvey(): Promise<void> {
    try {
      this.kinds = this.kindsAmong(await sampleHashes(this.database, this.key));
      this.surveyDelayMs = SURVEY_INTERVAL_MS;
      this.retryDelayMs = SURVEY_RETRY_MS;
    } catch (error) {
      // Once for all failures in a row.
      if (this.retryDelayMs === SURVEY_RETRY_MS) {
        this.logger.warn(`Unknown names may be told by their time for now: ${String(error)}`);
      }
      this.surveyDelayMs = this.retryDelayMs;
      this.retryDelayMs = Math.min(2 * this.retryDelayMs, SURVEY_INTERVAL_MS);
    }
  }

  private kindsAmong(accounts: readonly SampledHash[]): Kind[] {
    const kinds = new Map<string, Kind>();
    for (const { id, passwordHash } of accounts) {
      // Such a hash is not computed: a dummy takes its place.
      if (costFault(passwordHash) !== undefined) continue;
      const name = this.kindOf(id, passwordHash);
      if (name === undefined) continue;
      const dummy = () => this.hasher.likenessOf(passwordHash);
      const kind = kinds.get(name) ?? { name, dummy: dummy(), count: 0 };
      kind.count += 1;
      kinds.set(name, kind);
    }
    return [...kinds.values()];
  }

  private kindOf(id: number, passwordHash: string): string | undefined {
    try {
      return this.hasher.kindOf(passwordHash);
    } catch (error) {
      if (!this.reported.has(id)) this.logger.warn(`User ${id}: ${String(error)}`);
      this.reported.add(id);
      return undefined;
    }
  }
}
