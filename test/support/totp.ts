import { createHmac } from 'node:crypto';

const STEP_MS = 30_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A code that is shown so late in its step may come too late. */
const TRAVEL_MS = 5_000;

/** An app that shows codes (RFC 6238: SHA-1, six digits, 30 s). */
export class Authenticator {
  private readonly key: Buffer;
  protected step = 0;

  constructor(secret: string) {
    const bits = [...secret]
      .map((one) => BASE32.indexOf(one).toString(2).padStart(5, '0'))
      .join('');
    this.key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  }

  /** A code that it has not shown yet. Each works once, and at any time there are two that the service takes. */
  next(): string {
    const present = Math.floor((Date.now() + TRAVEL_MS) / STEP_MS);
    this.step = Math.max(this.step + 1, present - 1);
    return this.at(this.step);
  }

  protected at(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac('sha1', this.key).update(counter).digest();
    const word = digest.readUInt32BE(digest.readUInt8(19) & 15) & 0x7fffffff;
    return String(word % 1_000_000).padStart(6, '0');
  }
}
