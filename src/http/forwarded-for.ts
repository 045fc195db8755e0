import type { IncomingHttpHeaders } from 'node:http';
import { parseIpAddress, type IpAddress } from '../common/ip-address.js';

/** A parameter of a `Forwarded` element (RFC 7239 §4). Proxies also leave out the quotes that a port needs. */
const PARAMETER = /[\s;]*([\w!#$%&'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[^\s",;]*)\s*(?:;|$)/y;

/** An address as proxies write it: in quotes or brackets, with a port (RFC 7239 §6), or none of that. */
const NODE = /^"?(?:\[([^\]]*)\](?::[\w.-]+)?|([^"]*?))"?$/;
const PORT = /:(?:\d{1,5}|_[\w.-]+)$/;

/** Whether a proxy, or somebody else, said for whom it asks. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
}

/**
 * For whom each proxy asked, the last proxy's word first; undefined for a word that is no address. `Forwarded`
 * counts only if there is no `X-Forwarded-For`: proxies that write one of them pass on what a client wrote into the
 * other, and most write this one. Both are read from the end and no further than asked, because what a client wrote
 * comes first.
 */
export function* forwardedFor(headers: IncomingHttpHeaders): Generator<IpAddress | undefined> {
  const { forwarded = '', 'x-forwarded-for': listed } = headers;
  const list = listed === undefined ? forwarded : [listed].flat().join();
  for (const element of elementsFromEnd(list)) {
    yield nodeAddress(listed === undefined ? forIn(element) : element);
  }
}

/** The elements of a list (RFC 9110 §5.6.1), the last one first. Commas between quotes separate none. */
function* elementsFromEnd(list: string): Generator<string> {
  let end = list.length;
  let isQuoted = false;
  for (let at = list.length - 1; at >= -1; at -= 1) {
    if (list[at] === '"' && !isEscaped(list, at)) isQuoted = !isQuoted;
    if (at >= 0 && (list[at] !== ',' || isQuoted)) continue;
    const element = list.slice(at + 1, end).trim();
    if (element !== '') yield element;
    end = at;
  }
}

/** Whether an odd number of backslashes stands before a character. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

/** The value of the parameter `for`; empty if there is none, or the element is malformed. */
function forIn(element: string): string {
  const values: string[] = [];
  PARAMETER.lastIndex = 0;
  while (PARAMETER.lastIndex < element.length) {
    const [, name, value = ''] = PARAMETER.exec(element) ?? [];
    if (name === undefined) return '';
    if (name.toLowerCase() === 'for') values.push(value);
  }
  return values.length === 1 ? (values[0] ?? '') : '';
}

function nodeAddress(node: string): IpAddress | undefined {
  const [, bracketed, bare = ''] = NODE.exec(node) ?? [];
  const text = bracketed ?? bare;
  // An address of IPv6 without brackets ends like one with a port.
  return parseIpAddress(text) ?? parseIpAddress(text.replace(PORT, ''));
}
