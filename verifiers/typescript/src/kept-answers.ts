import { hash } from 'node:crypto';
import type { Answer, KeepableAnswer } from './answer.js';
import type { Changes } from './changes.js';
import { CLOCK_ERROR_MS } from './clock.js';
import { CommonParts, KeptAnswer } from './kept-answer.js';

const LONGEST_MS = 5 * 60_000;

/** When a question was sent, by the clock and in the order of changes. */
export interface Sending {
  readonly atMs: number;
  readonly position: number;
}

/**
 * The answers that are kept, by the SHA-256 of their tokens: a token of a kilobyte takes no more room, and no memory
 * dump has it. When there are too many, a hand goes round and drops the first one that was not used since it came by
 * last (the clock algorithm): it is about the one that was used least recently, and a use costs nothing.
 */
export class KeptAnswers {
  private readonly answers = new Map<string, KeptAnswer>();
  private hand = this.answers.entries();
  private readonly common = new CommonParts();

  constructor(
    private readonly changes: Changes,
    private readonly maxTokens: number,
  ) {}

  get(token: string, nowMs: number): Answer | undefined {
    const key = keyOf(token);
    const kept = this.answers.get(key);
    if (!kept) return undefined;
    if (nowMs < kept.endMs && !this.changes.includes(kept.sid, kept.position)) {
      kept.wasUsed = true;
      return kept.unpacked();
    }
    this.answers.delete(key);
    return undefined;
  }

  keep(token: string, answer: KeepableAnswer, sending: Sending): void {
    const lifetimeMs = Math.min(answer.lifetime_ms, LONGEST_MS) - CLOCK_ERROR_MS;
    const endMs = Math.floor(sending.atMs + lifetimeMs);
    const key = keyOf(token);
    if (this.answers.size >= this.maxTokens && !this.answers.has(key)) this.dropOne();
    this.answers.set(key, new KeptAnswer(answer, this.common.of(answer), endMs, sending.position));
  }

  clear(): void {
    this.answers.clear();
  }

  private dropOne(): void {
    for (;;) {
      const step = this.hand.next();
      if (step.done === true) {
        this.hand = this.answers.entries();
        continue;
      }
      const [key, kept] = step.value;
      if (!kept.wasUsed) {
        this.answers.delete(key);
        return;
      }
      kept.wasUsed = false;
    }
  }
}

function keyOf(token: string): string {
  return hash('sha256', token, 'binary');
}
