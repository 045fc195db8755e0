// What the service says in codes, in words for the person at the page.

const LANGUAGE = 'en-GB';

/** In the place of an address where an operator did something at the command line. */
const COMMAND_LINE = 'cli';

/** @type {Record<string, string>} */
const EVENTS = {
  'account.registered': 'Account created',
  'account.deleted': 'Account deleted',
  'account.disabled': 'Account disabled',
  'account.enabled': 'Account enabled again',
  'login.succeeded': 'Logged in',
  'login.failed': 'Wrong password',
  'login.throttled': 'Log-in refused after too many failures',
  'password.changed': 'Password changed',
  'username.changed': 'Username changed',
  'roles.changed': 'Roles changed',
  'session.ended': 'Session ended',
  'sessions.ended': 'Logged out everywhere',
  'key.created': 'API key made',
  'key.deleted': 'API key deleted',
  'email.verified': 'Address verified',
  'email.removed': 'Address removed',
  'password.reset': 'Password set by a mail',
  'factor.added': 'Second factor added',
  'factor.removed': 'Second factor removed',
  'factor.failed': 'Wrong code of a second factor',
  'token.renewed': 'Session renewed',
  'token.reuse_detected': 'Session ended, because a token of it may have been stolen',
};

/** @type {Record<string, string>} */
const FACTOR_TYPES = { totp: 'App' };

/** In the order in which they count: most browsers claim to be others too. */
const BROWSERS = Object.entries({
  Edge: /\bEdg(A|iOS)?\//,
  Opera: /\bOPR\//,
  Firefox: /\b(Firefox|FxiOS)\//,
  Chrome: /\b(Chrome|CriOS)\//,
  Safari: /\bSafari\//,
});

const SYSTEMS = Object.entries({
  Android: /\bAndroid\b/,
  iOS: /\b(iPhone|iPad)\b/,
  Windows: /\bWindows\b/,
  macOS: /\bMac OS X\b/,
  Linux: /\bLinux\b/,
});

const times = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'short' });
const spans = new Intl.RelativeTimeFormat(LANGUAGE);

/**
 * What happened, or its code if a later version of the service has new ones.
 * @param {string} type
 */
export function eventName(type) {
  return EVENTS[type] ?? type;
}

/**
 * What kind of second factor it is, or its code.
 * @param {string} type
 */
export function factorTypeName(type) {
  return FACTOR_TYPES[type] ?? type;
}

/**
 * Who asked for something, and from where.
 * @param {string | null} userAgent
 * @param {string} address
 */
export function originName(userAgent, address) {
  return address === COMMAND_LINE
    ? 'an operator of this service'
    : `${deviceName(userAgent)}, ${address}`;
}

/**
 * "Firefox on Linux" for browsers; the user agent itself for other programs.
 * @param {string | null} userAgent
 */
export function deviceName(userAgent) {
  if (userAgent === null) return 'Unknown program';
  const [browser, system] = [BROWSERS, SYSTEMS].map(
    (known) => known.find(([, pattern]) => pattern.test(userAgent))?.[0],
  );
  return browser && system ? `${browser} on ${system}` : userAgent;
}

/** @param {string} date in the form of RFC 3339 */
export function timeName(date) {
  return times.format(new Date(date));
}

/**
 * "in 42 seconds", or in minutes if that is long.
 * @param {number} seconds
 */
export function fromNow(seconds) {
  return seconds > 120
    ? spans.format(Math.ceil(seconds / 60), 'minute')
    : spans.format(seconds, 'second');
}
