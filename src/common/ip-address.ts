import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/** An address of IPv4 or IPv6. Its `toString()` is the one text that it has everywhere (IPv6: RFC 5952). */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** An address and how many of its first bits all addresses of the network share. */
export type Network = readonly [base: IpAddress, bits: number];

/** The bits before the IPv4 address in an IPv6 address that maps one (RFC 4291 §2.5.5.2). */
const MAPPED_BITS = 96;

/**
 * Reads an address; undefined if the text is none. A mapped IPv4 address is the IPv4 address, and a zone is dropped:
 * it has a meaning only on the machine that wrote it (RFC 4007 §11.2).
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const [address = ''] = text.split('%', 1);
  // By itself ipaddr.js would also read `1` and `0x7f.1`.
  return isIP(address) !== 0 ? ipaddr.process(address) : undefined;
}

/** Reads a network such as `10.0.0.0/8`, or one address as a network of its own; undefined if the text is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...more] = text.split('/');
  const base = parseIpAddress(address);
  if (!base || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) {
    return undefined;
  }
  const maxBits = base.kind() === 'ipv4' ? 32 : 128;
  const isMapped = base.kind() === 'ipv4' && isIP(address) === 6;
  const bits = length === undefined ? maxBits : Number(length) - (isMapped ? MAPPED_BITS : 0);
  return bits >= 0 && bits <= maxBits ? [base, bits] : undefined;
}

/** Whether the address is one of the network. */
export function isWithin(address: IpAddress, [base, bits]: Network): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
