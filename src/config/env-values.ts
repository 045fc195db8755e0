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

export function isDatabaseUrl(value: string): boolean {
  if (/^sqlite:.+/.test(value)) return true;
  return (
    /^postgres(ql)?:\/\/[^/]+\/[^?]+(\?sslmode=(disable|require|verify-full))?$/.test(value) &&
    isDecodable(value)
  );
}

/** A URL whose user and password can be read. */
function isDecodable(value: string): boolean {
  try {
    return URL.canParse(value) && decodeURIComponent(value) !== '';
  } catch {
    return false;
  }
}

export function isHost(value: string): boolean {
  return value.length > 0 && !/[\s/]/.test(value);
}

export function isRedisUrl(value: string): boolean {
  return /^rediss?:\/\/[^/]+/.test(value) && isDecodable(value);
}

export function areNodes(value: string): boolean {
  return value.split(',').every((node) => /^\s*[^\s,/]+:\d{1,5}\s*$/.test(node));
}

export function isTrustProxy(value: string): boolean {
  return (
    /^(false|\d{1,2})$/.test(value) ||
    value.split(',').every((part) => parseNetwork(part.trim()) !== undefined)
  );
}
