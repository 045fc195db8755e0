import { parseIpAddress } from './ip-address.js';

/** An IPv6 customer has at least a /64 (RFC 6177), with a new address for every attempt. */
const IPV6_BLOCK_BYTES = 8;

/** The addresses that count as one, as a text. What is no address, as that of the command line, is itself. */
export function addressBlock(address: string): string {
  const parsed = parseIpAddress(address);
  if (parsed?.kind() !== 'ipv6') return parsed?.toString() ?? address;
  const bytes = parsed.toByteArray().slice(0, IPV6_BLOCK_BYTES);
  return `${Buffer.from(bytes).toString('hex')}/64`;
}
