import { isIP } from 'node:net';
import { parseNetwork } from '../common/ip-address.js';

/** In the one spelling that URLs have, because tokens and clients compare it letter by letter. */
export function isBaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, href } = new URL(value);
  return (
    /^https?:$/.test(protocol) &&
    username + password === '' &&
    !/[?#]/.test(value) &&
    [value, `${value}/`].includes(href)
  );
}

/** Each in the one spelling that browsers send: they are compared letter by letter. */
export function areOrigins(value: string): boolean {
  return value.split(',').every((part) => {
    const origin = part.trim();
    return (
      /^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin
    );
  });
}

/** A URL whose user and password can be read. */
function isDecodable(value: string): boolean {
  try {
    return URL.canParse(value) && decodeURIComponent(value) !== '';
  } catch {
    return false;
  }
}

/** An address, or a name without a port. */
export function isHost(value: string): boolean {
  return isIP(value) !== 0 || /^[^\s/:@?#%[\]]+$/.test(value);
}

export function isRedisUrl(value: string): boolean {
  if (!/^rediss?:\/\//.test(value) || !URL.canParse(value) || !isDecodable(value)) return false;
  const { hostname, port, pathname, search, hash } = new URL(value);
  return (
    isHost(withoutBrackets(hostname)) &&
    port !== '0' &&
    /^(\/\d{0,6})?$/.test(pathname) &&
    search + hash === ''
  );
}

/** Where a server listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** The servers of `HOST:PORT,HOST:PORT,…`, where an IPv6 address is in brackets; undefined if it is no such list. */
export function serversOf(value: string): ServerAddress[] | undefined {
  const servers = value.split(',').map((each) => serverOf(each.trim()));
  return servers.includes(undefined) ? undefined : servers.filter((server) => server !== undefined);
}

function serverOf(text: string): ServerAddress | undefined {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const isBracketed = /^\[.*\]$/.test(host);
  const name = withoutBrackets(host);
  const isGood = isHost(name) && (isIP(name) === 6) === isBracketed && isPort(Number(port));
  return isGood ? { host: name, port: Number(port) } : undefined;
}

/** An IPv6 address in a URL is in brackets. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

export function isTrustProxy(value: string): boolean {
  return (
    /^(false|\d{1,2})$/.test(value) ||
    value.split(',').every((part) => parseNetwork(part.trim()) !== undefined)
  );
}
