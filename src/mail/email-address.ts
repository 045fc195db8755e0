const LONGEST_ADDRESS = 254;
const LONGEST_LOCAL_PART = 64;

/**
 * Words with dots between them (RFC 5321 §4.1.2, `Dot-string`). Of its characters the percent and the exclamation mark
 * are left out: some mail servers take them for a second recipient behind this one.
 */
const LOCAL_PART = /^[\w#$&'*+/=?^`{|}~-]+(?:\.[\w#$&'*+/=?^`{|}~-]+)*$/;

/** Two labels or more (RFC 1123 §2.1), of which the last is no number, as it is in an IP address. */
const DOMAIN =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * Whether a text is one address of printable ASCII, so that no list, no header and no second recipient can be made of
 * it: no quotes, comments, groups, names, IP addresses or spaces.
 */
export function isEmailAddress(text: string): boolean {
  if (text.length > LONGEST_ADDRESS) return false;
  const [localPart = '', domain = '', ...others] = text.split('@');
  return (
    others.length === 0 &&
    localPart.length <= LONGEST_LOCAL_PART &&
    LOCAL_PART.test(localPart) &&
    DOMAIN.test(domain)
  );
}

/** The form in which two addresses are the same one: ASCII case does not count. */
export function foldedAddress(address: string): string {
  return address.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** An address as a mail to another one may show it: its first character and its domain. */
export function maskedAddress(address: string): string {
  return `${address.slice(0, 1)}…${address.slice(address.indexOf('@'))}`;
}
