import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Like, Not, And } from 'typeorm';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Database } from '../database/database.js';
import { PasswordHasher } from './password-hasher.js';
import { User } from './user.entity.js';

/** So many of the last durations of a kind of hash tell how long it may take. */
const REMEMBERED = 50;

/** No more kinds are looked for: each takes a look at all accounts. Others are known once somebody logs in. */
const KINDS_AT_MOST = 30;

const SURVEY_INTERVAL_MS = 10 * 60_000;
/** After a failure; twice as long after each further one in a row, up to the interval. */
const SURVEY_RETRY_MS = 5_000;

/**
 * Lets failed log-ins take alike where hashes of several kinds, functions or parameters, stand side by
 * side: none is answered sooner than the slowest kind takes, or the time would tell which accounts exist
 * and how old their passwords are.
 */
@Injectable()
export class FailureTiming implements OnApplicationBootstrap {
  private readonly logger = new Logger('FailureTiming');
  private readonly durationsMs = new Map<string, number[]>();
  private surveyDelayMs = 0;
  private retryDelayMs = SURVEY_RETRY_MS;

  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly jobs: BackgroundJobs,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.repeat(
      () => this.surveyDelayMs,
      () => this.tryToSurvey(),
    );
  }

  /** Notes how long a hash of this kind took. */
  note(kind: string, durationMs: number): void {
    const durations = this.durationsMs.get(kind) ?? [];
    this.durationsMs.set(kind, [...durations, durationMs].slice(-REMEMBERED));
  }

  /** Resolves when a failure may be answered whose hash was started then. */
  async evenOut(startedMs: number): Promise<void> {
    if (this.durationsMs.size < 2) return;
    const slowestMs = Math.max(...[...this.durationsMs.values()].flat());
    await sleep(Math.max(0, startedMs + slowestMs - performance.now()));
  }

  private async tryToSurvey(): Promise<void> {
    try {
      await this.survey();
      this.surveyDelayMs = SURVEY_INTERVAL_MS;
      this.retryDelayMs = SURVEY_RETRY_MS;
    } catch (error) {
      // Once for all failures in a row.
      if (this.retryDelayMs === SURVEY_RETRY_MS) {
        this.logger.warn(`Failed log-ins may take unlike for now: ${String(error)}`);
      }
      this.surveyDelayMs = this.retryDelayMs;
      this.retryDelayMs = Math.min(2 * this.retryDelayMs, SURVEY_INTERVAL_MS);
    }
  }

  /** Finds the kinds there are, measures the new ones and forgets those that are gone. */
  private async survey(): Promise<void> {
    const present = new Set([await this.hasher.kindOf()]);
    while (present.size < KINDS_AT_MOST) {
      const passwordHash = await this.anyOtherThan([...present]);
      if (passwordHash === undefined) {
        this.forgetAllBut(present);
        return;
      }
      const kind = await this.hasher.kindOf(passwordHash);
      present.add(kind);
      if (!this.durationsMs.has(kind)) await this.measure(kind, passwordHash);
    }
  }

  private forgetAllBut(present: Set<string>): void {
    for (const kind of this.durationsMs.keys()) {
      if (!present.has(kind)) this.durationsMs.delete(kind);
    }
  }

  private async anyOtherThan(kinds: string[]): Promise<string | undefined> {
    const passwordHash = And(...kinds.map((kind) => Not(Like(`${kind}$%`))));
    const user = await this.database.read((manager) =>
      manager.findOne(User, { select: { passwordHash: true }, where: { passwordHash } }),
    );
    return user?.passwordHash;
  }

  private async measure(kind: string, passwordHash: string): Promise<void> {
    await this.hasher.inTurn(async () => {
      const startedMs = performance.now();
      await this.hasher.verify(passwordHash, randomBytes(16).toString('base64'));
      this.note(kind, performance.now() - startedMs);
    });
  }
}
