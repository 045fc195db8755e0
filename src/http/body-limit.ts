/** The bytes of a body at the most. */
export const BODY_LIMIT_BYTES = 16 * 1024;
