/** How many are remembered at the most, in two halves; each takes about a kilobyte. */
const CAPACITY = 8_192;

/**
 * The claims of tokens that were signed, or whose signature was verified, lately, by the token's own text. Verifying costs
 * more than all else that is done for a request with a token. Whether a token has expired or was revoked
 * is never remembered. Half of the entries, those not used for longest, make room at once.
 */
export class VerifiedTokens<Claims> {
  private recent = new Map<string, Claims>();
  private older = new Map<string, Claims>();

  get(text: string): Claims | undefined {
    const claims = this.recent.get(text);
    if (claims) return claims;
    const kept = this.older.get(text);
    if (kept) this.add(text, kept);
    return kept;
  }

  add(text: string, claims: Claims): void {
    if (this.recent.size >= CAPACITY / 2) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(text, claims);
  }
}
