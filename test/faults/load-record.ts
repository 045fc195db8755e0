import { claimsOf } from '../support/client.js';

/** What a store that is out of reach may cost a request (2 s), with threefold room for a busy machine. */
const ANSWER_LIMIT_MS = 3 * 2_000;

/** From the end of a fault to normal service. */
export const RECOVERY_LIMIT_MS = 5_000;

const KINDS = ['register', 'login', 'read', 'renew', 'logout', 'live'] as const;
export type Kind = (typeof KINDS)[number];

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
}

/** What a service answered while something failed. */
export class LoadRecord {
  private readonly entries: Entry[] = [];

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

  /** How long after a moment requests were still refused, and that it was no longer than allowed. */
  expectRecovery(sinceMs: number): void {
    const refused = this.entries.filter(({ atMs, status }) => atMs > sinceMs && status === 503);
    const tookMs = (refused.at(-1)?.atMs ?? sinceMs) - sinceMs;
    expect(tookMs).toBeLessThan(RECOVERY_LIMIT_MS);
    const after = this.entries.filter(
      ({ atMs, status }) => atMs > sinceMs + tookMs && status < 300,
    );
    // Nothing is known of a service that nobody asked.
    expect([...new Set(after.map(({ kind }) => kind))].sort()).toEqual([...KINDS].sort());
  }

  /** Holds every answer against the rules that no fault suspends. */
  check(): void {
    expect(this.entries.filter(({ ms }) => ms > ANSWER_LIMIT_MS)).toEqual([]);
    expect(this.entries.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
    expect(this.statuses('live')).toEqual([200]);
    this.expectOneRegistrationPerName();
    this.expectOneSuccessorPerToken();
  }

  /** No request with that token was let through that began after a moment. */
  expectRefusedSince(sinceMs: number, token: string): void {
    const jti = jtiOf(token);
    const later = this.entries.filter((entry) => entry.jti === jti && entry.atMs > sinceMs);
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

export function jtiOf(token: string): string {
  return String(claimsOf(token).jti);
}
