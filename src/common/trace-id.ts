/** W3C Trace Context §3.2: version, trace-id, parent-id and flags; all zeros and version ff are invalid. */
const TRACEPARENT =
  /^(?!ff)(?<version>[\da-f]{2})-(?!0{32})(?<traceId>[\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?<more>-.*)?$/;

/** The trace id of a `traceparent` header; undefined if it is not valid. */
export function traceIdOf(traceparent: string | string[] | undefined): string | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const { version, traceId, more } = TRACEPARENT.exec(traceparent)?.groups ?? {};
  // Later versions may append to what is known here.
  return version === '00' && more !== undefined ? undefined : traceId;
}
