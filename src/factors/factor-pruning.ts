import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../config/background-jobs.js';
import { ChallengeRows } from './challenge-rows.js';
import { FactorRows } from './factor-rows.js';

const INTERVAL_MS = 300_000;
const ROWS_AT_ONCE = 500;

/** Removes log-ins that were never finished, and factors that were never confirmed. */
@Injectable()
export class FactorPruning implements OnModuleInit {
  private readonly logger = new Logger('Factors');

  constructor(
    private readonly challenges: ChallengeRows,
    private readonly factors: FactorRows,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    this.jobs.repeatApart(INTERVAL_MS, (signal) => this.prune(signal));
  }

  private async prune(signal: AbortSignal): Promise<void> {
    const isFull = (count: number) => !signal.aborted && count === ROWS_AT_ONCE;
    try {
      while (isFull(await this.challenges.forgetExpired(ROWS_AT_ONCE)));
      while (isFull(await this.factors.forgetUnconfirmed(ROWS_AT_ONCE)));
    } catch (error) {
      this.logger.warn(`Unfinished log-ins and factors stay for now: ${String(error)}`);
    }
  }
}
