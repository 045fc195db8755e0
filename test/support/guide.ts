import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeBlocksOf, replaced } from './documents.js';
import { temporaryDirectory, type Variables } from './server.js';

const ROOT = resolve(__dirname, '../..');
const PRELUDE = readFileSync(join(__dirname, 'guide.sh'), 'utf8');

/** Stands alone on a line after what a block prints. */
const MARK = '=== end of the block ===';

const PAUSE_MS = 20;

interface Step {
  commands: string;
  /** What the guide says they print; `…` stands for whatever differs. */
  output?: string;
}

export interface Following {
  /** Follows this section alone. */
  section?: string;
  /** What stands in the commands, and what the test has in its place: ports and folders. */
  replacements?: Record<string, string>;
  variables?: Variables;
  /** The words before a command that run it elsewhere, in other namespaces for example. */
  inside?: string[];
}

const open = new Set<Guide>();

afterAll(async () => {
  await Promise.all([...open].map((guide) => guide.close()));
});

/**
 * Follows a guide to the letter: runs its blocks of `sh` in one shell, in an empty folder that stands for
 * the repository's, and compares what each prints with the block of `text` that comes next. `npm start`
 * runs the built service beside it.
 */
export class Guide {
  readonly folder = temporaryDirectory();
  private readonly shell;
  private readonly replacements: [string, string][];
  private readonly steps: Step[];
  private printed = '';
  private complaints = '';

  constructor(path: string, following: Following = {}) {
    const { section, replacements = {}, variables, inside = [] } = following;
    this.steps = stepsOf(path, section);
    this.replacements = Object.entries(replacements);
    // Fails if one is not there.
    replaced(this.steps.map(({ commands }) => commands).join(''), replacements);
    symlinkSync(join(ROOT, 'deploy'), join(this.folder, 'deploy'));
    this.shell = spawn('env', [...inside, 'bash'], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, GATEHOUSE: ROOT, ...variables },
    });
    this.shell.stdout.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    this.shell.stderr.on('data', (chunk: Buffer) => (this.complaints += chunk.toString()));
    this.shell.stdin.write(PRELUDE);
    open.add(this);
  }

  /** Runs what is left, or so many blocks of it. */
  async follow(count = this.steps.length): Promise<void> {
    for (const step of this.steps.splice(0, count)) await this.take(step);
  }

  /** Runs something that the guide takes for granted. */
  async prepare(commands: string): Promise<void> {
    await this.take({ commands });
  }

  /** Ends the shell and the services that it started. */
  async close(): Promise<void> {
    open.delete(this);
    if (this.shell.exitCode !== null) return;
    this.shell.stdin.end();
    await once(this.shell, 'exit');
  }

  private async take({ commands, output }: Step): Promise<void> {
    this.printed = '';
    this.shell.stdin.write(`${this.localText(commands)}\necho '${MARK}'\n`);
    while (!this.printed.includes(MARK)) {
      await sleep(PAUSE_MS);
      if (this.shell.exitCode !== null) throw new Error(`${commands}\n${this.complaints}`);
    }
    const printed = this.printed.replaceAll('\r', '').replace(MARK, '').trim();
    const expected = output && this.localText(output).trim();
    if (expected === undefined || patternOf(expected).test(printed)) return;
    // A comparison of texts shows best where they differ.
    expect(`${commands}${printed}`).toBe(`${commands}${expected}`);
  }

  private localText(text: string): string {
    return this.replacements.reduce((before, [old, local]) => before.replaceAll(old, local), text);
  }
}

function stepsOf(path: string, section?: string): Step[] {
  const steps: Step[] = [];
  for (const block of codeBlocksOf(path)) {
    if (section !== undefined && block.section !== section) continue;
    const last = steps.at(-1);
    if (block.language === 'sh') steps.push({ commands: block.text });
    else if (block.language === 'text' && last) last.output = block.text;
  }
  return steps;
}

function patternOf(output: string): RegExp {
  const parts = output.split('…');
  const literal = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // A second of the token's life may be over before it is answered.
  const text = literal.join('[^]*?').replaceAll('"duration":2100', '"duration":(2100|20\\d\\d)');
  return new RegExp(`^${text}$`);
}
