import { CLOCK_ERROR_MS } from './clock.js';

/** A moment at which a lease was held; undefined if none was. */
export type Hold = number | undefined;

/** Gatehouse's promise to wait for this verifier before it tells anybody that something is revoked. */
export class Lease {
  private endMs = -Infinity;
  private gaps = 0;

  isHeld(nowMs: number): boolean {
    return nowMs < this.endMs;
  }

  /** Which of the leases held without a gap is held now. */
  hold(nowMs: number): Hold {
    return this.isHeld(nowMs) ? this.gaps : undefined;
  }

  /** Whether it was held all the time since then. */
  isHeldSince(hold: Hold, nowMs: number): boolean {
    return hold !== undefined && hold === this.hold(nowMs);
  }

  /** Counts from the sending of the poll: its answer may have been on its way for long. */
  renew(sentAtMs: number, lengthMs: number, nowMs: number): void {
    if (!this.isHeld(nowMs)) this.gaps += 1;
    this.endMs = sentAtMs + lengthMs - CLOCK_ERROR_MS;
  }

  end(): void {
    this.endMs = -Infinity;
  }
}
