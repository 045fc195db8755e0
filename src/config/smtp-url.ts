import { isHost, withoutBrackets } from './env-values.js';
import { isLoopback } from './loopback.js';
import { UrlFault } from './url-fault.js';

/** What a URL says of a mail server. */
export interface SmtpAddress {
  readonly host: string;
  readonly port: number;
  /** From the first byte, or by STARTTLS, which the server must offer; `none` if it is on this machine. */
  readonly tls: 'start' | 'starttls' | 'none';
  /** Undefined for a server that wants no log-in. */
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

const FORMS =
  'must be smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…, without parameters; ' +
  'in user and password write @ / ? # % as %40 %2F %3F %23 %25';

/** Reads an `SMTP_URL`. @throws UrlFault if it is wrong in itself */
export function parseSmtpUrl(value: string): SmtpAddress {
  if (!/^smtps?:\/\//.test(value) || !URL.canParse(value)) throw new UrlFault(FORMS);
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(value);
  const host = withoutBrackets(hostname);
  const isPlain = /^\/?$/.test(pathname) && search + hash === '' && !/[?#]/.test(value);
  if (!isPlain || !isHost(host) || port === '0') throw new UrlFault(FORMS);
  if ((username === '') !== (password === '')) {
    throw new UrlFault('must have both a user and a password, or neither');
  }
  const isFromStart = protocol === 'smtps:';
  return {
    host,
    port: port === '' ? (isFromStart ? 465 : 587) : Number(port),
    tls: isFromStart ? 'start' : isLoopback(host) ? 'none' : 'starttls',
    credentials: username ? { user: decoded(username), password: decoded(password) } : undefined,
  };
}

/** What is wrong with an `SMTP_URL`, to follow its name; undefined if it will do. */
export function smtpUrlFault(value: string): string | undefined {
  try {
    parseSmtpUrl(value);
    return undefined;
  } catch (error) {
    if (error instanceof UrlFault) return error.message;
    throw error;
  }
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    // They become parts of commands, or of a text in which NUL separates them (RFC 4616 §2).
    if (!/\p{Cc}/u.test(plain)) return plain;
  } catch {
    // No percent-encoding.
  }
  throw new UrlFault(FORMS);
}
