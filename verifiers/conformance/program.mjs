// The verifier under test: a program that takes commands as lines of JSON and answers with lines of JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Watched } from './until.mjs';

/** Thrown if the program says that it cannot do this: its case is left out. */
export class Unsupported extends Error {}

export class Program extends Watched {
  #child;
  #replies = new Map();
  #last = 0;

  constructor(command) {
    super();
    // In the shell, as it would be typed.
    this.#child = spawn(command, {
      shell: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    this.#child.stdin.on('error', () => undefined);
    createInterface(this.#child.stdout).on('line', (line) => {
      const reply = JSON.parse(line);
      this.#replies.set(reply.id, reply);
      this.changed();
    });
    this.#child.on('exit', () => this.changed());
  }

  /** Sends a command. @returns its reply, once it comes */
  async send(op, members = {}) {
    const id = (this.#last += 1);
    this.#child.stdin.write(`${JSON.stringify({ id, op, ...members })}\n`);
    const reply = await this.until(() => {
      if (this.hasEnded) throw new Error('The program has ended');
      return this.#replies.get(id);
    }, `a reply to ${op}`);
    if (reply.unsupported) throw new Unsupported(op);
    return reply;
  }

  async create(gatehouse, client, options = {}) {
    await this.send('create', { issuer: gatehouse.url, ...client, ...options });
  }

  /** @returns the answer, `'inactive'`, or `'unavailable'` */
  async verify(token) {
    const reply = await this.send('verify', { token });
    if (reply.answer) return reply.answer;
    return reply.unavailable === undefined ? 'inactive' : 'unavailable';
  }

  /** Resolves once all that was sent before has reached the verifier. */
  async arrived() {
    await this.send('ping');
  }

  /** Lets time go by: for both clocks, or for those that do not stand still. */
  async passes(ms, { monotonic = ms, wall = ms } = {}) {
    await this.send('clock', { monotonicMs: monotonic, wallMs: wall });
  }

  get hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Sends a signal to the shell and what it started. */
  signal(name) {
    process.kill(-this.#child.pid, name);
  }

  async end() {
    if (this.hasEnded) return;
    const ended = once(this.#child, 'exit');
    try {
      // The shell and what it started.
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      return;
    }
    await ended;
  }
}
