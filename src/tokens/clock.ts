/** An instance whose clock is this late must still find a token that has not expired for it. */
export const CLOCK_SKEW_SECONDS = 60;

/** The current second, as JWT counts them (NumericDate, RFC 7519 §2). */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
