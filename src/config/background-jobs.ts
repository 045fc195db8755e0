import type { OnModuleDestroy } from '@nestjs/common';

/** Never fails. Stops early once `signal` is aborted. */
type Work = (signal: AbortSignal) => Promise<void>;

/**
 * The regular work beside answering, such as pruning. When the process ends no more of it begins, and what
 * runs is waited for.
 */
export class BackgroundJobs implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly jobs: Promise<void>[] = [];
  private readonly pauses: Pause[] = [];

  /** @param areRun whether this process does any: commands leave it to the service */
  constructor(private readonly areRun: boolean) {}

  /**
   * Does the work over and over.
   * @param delayMs how long to wait before each time, of which the first is 0
   * @returns what ends the present wait, or the next one if the work runs, because there is something to do
   */
  repeat(delayMs: (time: number) => number, work: Work): () => void {
    const pause = new Pause();
    if (this.areRun) {
      this.pauses.push(pause);
      this.jobs.push(this.run(delayMs, work, pause));
    }
    return () => pause.end();
  }

  /**
   * The same with waits of about `intervalMs`, from the first one on, that differ each time: instances that started
   * together would find the same rows, and one that comes a little later finds none.
   */
  repeatApart(intervalMs: number, work: Work): () => void {
    return this.repeat(() => intervalMs * (0.5 + Math.random()), work);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    for (const pause of this.pauses) pause.end();
    await Promise.all(this.jobs);
  }

  private async run(delayMs: (time: number) => number, work: Work, pause: Pause): Promise<void> {
    const { signal } = this.stopping;
    await pause.wait(delayMs(0));
    for (let time = 1; !signal.aborted; time += 1) {
      await work(signal);
      await pause.wait(delayMs(time));
    }
  }
}

/** The wait of one job between two times. */
class Pause {
  private isEnded = false;
  private resolve: (() => void) | undefined;

  /** Resolves after so long, or at once if the wait is ended, also if that was before it began. */
  async wait(ms: number): Promise<void> {
    if (!this.isEnded) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms).unref();
        this.resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.isEnded = false;
  }

  end(): void {
    this.isEnded = true;
    this.resolve?.();
  }
}
