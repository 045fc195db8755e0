/** How a session was proved if nothing says it: those of earlier versions began with a password alone. */
export const BY_PASSWORD: readonly string[] = ['pwd'];

/** A password and a code of a second factor. */
export const BY_ONE_TIME_CODE: readonly string[] = ['pwd', 'otp', 'mfa'];

/** A password and a recovery code, for which RFC 8176 has no name. */
export const BY_RECOVERY_CODE: readonly string[] = ['pwd', 'mfa'];

/** Each request with a token parses one of these. */
const KNOWN = new Map(
  [BY_PASSWORD, BY_ONE_TIME_CODE, BY_RECOVERY_CODE].map((methods) => [
    formatMethods(methods),
    methods,
  ]),
);

/** The methods (`amr`, RFC 8176) that a text of {@link formatMethods} has; without one, {@link BY_PASSWORD}. */
export function parseMethods(text: string | undefined): readonly string[] {
  return text === undefined ? BY_PASSWORD : (KNOWN.get(text) ?? text.split(' '));
}

/** Methods as they are kept: one text, with spaces between them. */
export function formatMethods(methods: readonly string[]): string {
  return methods.join(' ');
}
