import { claimsOf } from '../support/client.js';

/** What a store that is out of reach may cost a request. */
const PROMPT_MS = 2_000;

/** The same with threefold room for a busy machine. */
export const ANSWER_LIMIT_MS = 3 * PROMPT_MS;

/** No one waits for so long, however busy the machine. */
const HANG_MS = 20_000;

/** From the end of a fault to normal service. */
const RECOVERY_MS = 5_000;

/** The same with threefold room for a busy machine. */
export const RECOVERY_LIMIT_MS = 3 * RECOVERY_MS;

/** Every kind of request, and what it may be answered whatever fails. */
const STATUSES = {
  register: [201, 409, 503],
  login: [200, 503],
  read: [200, 401, 503],
  renew: [200, 401, 503],
  logout: [200, 401, 503],
  live: [200],
  makeKey: [201, 401, 503],
  getToken: [200, 503],
  present: [200, 401, 503],
  introspect: [200, 401, 503],
  revoke: [200, 503],
  verify: [200, 401, 503],
};

export type Kind = keyof typeof STATUSES;

interface Entry {
  atMs: number;
  kind: Kind;
  status: number;
  ms: number;
  /** Of the token that was presented. */
  jti?: string;
  /** Of the token that was answered. */
  answeredJti?: string;
  username?: string;
  /** Whether the token that was presented had to be honoured. */
  isLive: () => boolean;
}

/** What a service answered while something failed. */
export class LoadRecord {
  private readonly entries: Entry[] = [];

  /**
   * @param kinds those that come
   * @param answerLimitMs what all but a hundredth of the requests keep to
   */
  constructor(
    private readonly kinds: readonly Kind[],
    private readonly answerLimitMs = ANSWER_LIMIT_MS,
  ) {}

  add(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Which statuses requests of a kind were answered that began within a time. */
  statuses(kind: Kind, fromMs = 0, toMs = Infinity): number[] {
    const entries = this.entries.filter(
      (entry) => entry.kind === kind && entry.atMs >= fromMs && entry.atMs <= toMs,
    );
    return [...new Set(entries.map(({ status }) => status))].sort();
  }

  /** Answers 503 to requests that began after a moment. */
  refusals(sinceMs: number): { kind: Kind; ms: number }[] {
    return this.entries
      .filter(({ atMs, status }) => atMs > sinceMs && status === 503)
      .map(({ kind, ms }) => ({ kind, ms }));
  }

  /** Of the requests that began within a time, half keep the bound, and all but a hundredth thrice as much. */
  expectPromptAnswers(fromMs: number, toMs: number): void {
    const tookMs = this.entries
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    const at = (share: number) => tookMs[Math.floor(share * tookMs.length)];
    expect(at(0.5)).toBeLessThan(PROMPT_MS);
    expect(at(0.99)).toBeLessThan(ANSWER_LIMIT_MS);
  }

  /** How long after a moment requests were still refused, and that it was no longer than allowed. */
  expectRecovery(sinceMs: number): void {
    const refused = this.entries.filter(({ atMs, status }) => atMs > sinceMs && status === 503);
    const tookMs = (refused.at(-1)?.atMs ?? sinceMs) - sinceMs;
    expect(tookMs).toBeLessThan(RECOVERY_LIMIT_MS);
    const after = this.entries.filter(
      ({ atMs, status }) => atMs > sinceMs + tookMs && status < 300,
    );
    // A service that was not asked would pass without this.
    expect([...new Set(after.map(({ kind }) => kind))].sort()).toEqual(this.kinds.toSorted());
  }

  /** Holds every answer against the rules that no fault suspends. */
  check(): void {
    expect(this.entries.filter(({ ms }) => ms > HANG_MS)).toEqual([]);
    const slow = this.entries.filter(({ ms }) => ms > this.answerLimitMs);
    // A machine that stands still for a moment makes a few wait.
    expect(slow.length).toBeLessThanOrEqual(Math.max(1, this.entries.length / 100));
    const unexpected = ({ kind, status }: Entry) => !STATUSES[kind].includes(status);
    expect(this.entries.filter(unexpected)).toEqual([]);
    // A client that throws a good token away for it is logged out.
    expect(this.entries.filter(({ isLive, status }) => status === 401 && isLive())).toEqual([]);
    this.expectOneRegistrationPerName();
    this.expectOneSuccessorPerToken();
  }

  /** No request with that token was let through that began after a moment. */
  expectRefusedSince(sinceMs: number, token: string): void {
    const jti = jtiOf(token);
    // A revocation that is repeated succeeds.
    const later = this.entries.filter(
      (entry) => entry.jti === jti && entry.atMs > sinceMs && entry.kind !== 'revoke',
    );
    expect(later.filter(({ status }) => status < 300)).toEqual([]);
  }

  private expectOneRegistrationPerName(): void {
    const names = this.entries
      .filter(({ kind, status }) => kind === 'register' && status === 201)
      .map(({ username }) => username);
    expect(new Set(names).size).toBe(names.length);
  }

  private expectOneSuccessorPerToken(): void {
    const successors = new Map<string | undefined, string | undefined>();
    for (const { kind, status, jti, answeredJti } of this.entries) {
      if (kind !== 'renew' || status !== 200) continue;
      expect(answeredJti).toBe(successors.get(jti) ?? answeredJti);
      successors.set(jti, answeredJti);
    }
  }
}

/** What tells it from others; an API key is its own name. */
export function jtiOf(token: string): string {
  if (token.startsWith('gth_')) return token;
  return String(claimsOf(token).jti);
}
