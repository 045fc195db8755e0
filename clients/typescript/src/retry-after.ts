/** The seconds of `Retry-After`, which may be a date (RFC 9110 §10.2.3); undefined if there are none. */
export function retryAfterSeconds({ headers }: Response): number | undefined {
  const text = headers.get('Retry-After') ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const dateMs = text.endsWith(' GMT') ? Date.parse(text) : NaN;
  const sentMs = Date.parse(headers.get('Date') ?? '') || Date.now();
  return Number.isNaN(dateMs) ? undefined : Math.max(0, Math.ceil((dateMs - sentMs) / 1000));
}
