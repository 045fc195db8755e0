const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * Gatehouse could not be asked, so nothing is known of the token. Answer 503 with `Retry-After`, never 401: the
 * token may well be live.
 */
export class GatehouseUnavailable extends Error {
  override readonly name = 'GatehouseUnavailable';

  constructor(
    message: string,
    /** The status of Gatehouse's answer; undefined if there was none. */
    readonly status?: number,
    readonly retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
