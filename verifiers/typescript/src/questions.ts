import { isKeepable, type Answer } from './answer.js';
import type { Clock } from './clock.js';
import { deferred } from './exchange.js';
import type { Gatehouse } from './gatehouse.js';
import type { Hold } from './lease.js';
import type { Told } from './feed.js';
import { GatehouseUnavailable } from './unavailable.js';

const MOST_AT_A_TIME = 16;
const MOST_WAITING = 10_000;
const LONGEST_WAIT_MS = 5_000;

interface Outcome {
  readonly answer: Answer | undefined;
  /** Whether it may answer a request that came after its question was sent, if the lease allows. */
  readonly isCurrent: boolean;
}

interface Question {
  readonly token: string;
  readonly outcome: Promise<Outcome>;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
  readonly begunAtMs: number;
  /** In the order of arrivals; undefined until it is sent. */
  turn: number | undefined;
  hold: Hold;
}

/** Asks Gatehouse: once for a token however many requests wait for it, and at most 16 questions at a time. */
export class Questions {
  private readonly open = new Map<string, Question>();
  private readonly waiting: Question[] = [];
  private underWay = 0;
  private turns = 0;

  constructor(
    private readonly gatehouse: Gatehouse,
    private readonly clock: Clock,
    /** Undefined if nothing is kept. */
    private readonly told: Told | undefined,
  ) {}

  /**
   * A question answers the requests that came before it was sent. A later one shares it only if a lease was held all
   * the time between, and nothing was told about it meanwhile; else it shares the next one.
   * @throws GatehouseUnavailable
   */
  async ask(token: string, nowMs: number): Promise<Answer | undefined> {
    const arrival = (this.turns += 1);
    const current = this.open.get(token) ?? this.begin(token);
    const isEarly = current.turn === undefined || current.turn > arrival;
    if (isEarly) return (await current.outcome).answer;
    const wasHeld = this.told?.lease.isHeldSince(current.hold, nowMs) === true;
    const { answer, isCurrent } = await current.outcome;
    if (wasHeld && isCurrent) return answer;
    // Whichever is open now was begun after this request came.
    return (await (this.open.get(token) ?? this.begin(token)).outcome).answer;
  }

  private begin(token: string): Question {
    if (this.waiting.length >= MOST_WAITING) {
      throw new GatehouseUnavailable(`${MOST_WAITING} questions wait already`);
    }
    const { promise: outcome, resolve, reject } = deferred<Outcome>();
    const begunAtMs = this.clock.now();
    const question = {
      token,
      outcome,
      resolve,
      reject,
      begunAtMs,
      turn: undefined,
      hold: undefined,
    };
    this.open.set(token, question);
    if (this.underWay < MOST_AT_A_TIME) void this.send(question);
    else this.waiting.push(question);
    return question;
  }

  private async send(question: Question): Promise<void> {
    this.underWay += 1;
    const { token } = question;
    const sending = { atMs: this.clock.now(), position: this.told?.changes.position ?? 0 };
    question.turn = this.turns += 1;
    question.hold = this.told?.lease.hold(sending.atMs);
    try {
      if (sending.atMs - question.begunAtMs > LONGEST_WAIT_MS) {
        throw new GatehouseUnavailable('Gatehouse answers too slowly');
      }
      const answer = await this.gatehouse.introspect(token);
      const isCurrent =
        isKeepable(answer) && this.told?.changes.includes(answer.sid, sending.position) === false;
      if (isCurrent) this.told.kept.keep(token, answer, sending);
      this.settle(question, () => question.resolve({ answer, isCurrent }));
    } catch (error) {
      this.settle(question, () => question.reject(error));
    }
  }

  private settle({ token }: Question, tell: () => void): void {
    this.open.delete(token);
    this.underWay -= 1;
    tell();
    const next = this.waiting.shift();
    if (next) void this.send(next);
  }
}
