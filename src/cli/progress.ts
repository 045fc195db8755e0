import { clearLine, cursorTo } from 'node:readline';
import type { Output } from './output.js';

/** A bar on a terminal, and no output anywhere else. */
export interface Progress {
  show(done: number): void;
  end(): void;
}

const NONE: Progress = { show: () => undefined, end: () => undefined };

/** The bar goes back to what was saved last when it ends. */
const SAVE_CURSOR = '\u001b7';

/** @param total what `show` comes to in the end; undefined if that is not known */
export async function startProgress(output: Output, total: number | undefined): Promise<Progress> {
  if (!process.stderr.isTTY || output.isJson || total === undefined) return NONE;
  // Bundled, a CommonJS package has no other export.
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} %, {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    forceRedraw: true,
  });
  const stopOn = (signal: NodeJS.Signals): void => {
    end();
    process.kill(process.pid, signal);
  };
  const end = (): void => {
    process.off('SIGINT', stopOn).off('SIGTERM', stopOn);
    output.writeProblem = undefined;
    bar.stop();
  };
  process.on('SIGINT', stopOn).on('SIGTERM', stopOn);
  output.writeProblem = (line) => {
    cursorTo(process.stderr, 0);
    clearLine(process.stderr, 0);
    process.stderr.write(`${line}${SAVE_CURSOR}`);
  };
  bar.start(total, 0);
  return { show: (done) => bar.update(done), end };
}
