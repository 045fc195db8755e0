/** The verifier under test: a program that takes commands as lines of JSON. */
export class Program {
  constructor(command: string);
  create(gatehouse: { url: string }, client: object, options?: object): Promise<void>;
  /** The answer, `'inactive'` or `'unavailable'`. */
  verify(token: string): Promise<Record<string, unknown> | 'inactive' | 'unavailable'>;
  /** Lets time go by, for both clocks or for one. */
  passes(ms: number, clocks?: { monotonic?: number; wall?: number }): Promise<void>;
  readonly hasEnded: boolean;
  signal(name: NodeJS.Signals): void;
  end(): Promise<void>;
}
