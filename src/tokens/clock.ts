/** The current second, as JWT counts them (NumericDate, RFC 7519 §2). */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
