import type { Output } from './output.js';

/** A bar on a terminal, and nothing anywhere else. */
export interface Progress {
  show(done: number): void;
  end(): void;
}

const NONE: Progress = { show: () => undefined, end: () => undefined };

/** @param total what `show` comes to in the end; nothing where that is not known */
export async function startProgress(output: Output, total: number | undefined): Promise<Progress> {
  if (!process.stderr.isTTY || output.isJson || total === undefined) return NONE;
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    format: '{bar} {percentage} %, {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, 0);
  return { show: (done) => bar.update(done), end: () => bar.stop() };
}
