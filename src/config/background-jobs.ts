import type { OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** Never fails. Stops early once `signal` is aborted. */
type Work = (signal: AbortSignal) => Promise<void>;

/**
 * The regular work beside answering, such as pruning. When the process ends no more of it begins, and what
 * runs is waited for.
 */
export class BackgroundJobs implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly jobs: Promise<void>[] = [];

  /** @param areRun whether this process does any: commands leave it to the service */
  constructor(private readonly areRun: boolean) {}

  /**
   * Does the work over and over.
   * @param delayMs how long to wait before each time, of which the first is 0
   */
  repeat(delayMs: (time: number) => number, work: Work): void {
    if (this.areRun) this.jobs.push(this.run(delayMs, work));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.jobs);
  }

  private async run(delayMs: (time: number) => number, work: Work): Promise<void> {
    const { signal } = this.stopping;
    try {
      for (let time = 0; ; time += 1) {
        await sleep(delayMs(time), undefined, { signal, ref: false });
        await work(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
