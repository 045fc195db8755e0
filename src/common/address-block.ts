import ipaddr from 'ipaddr.js';

/** An IPv6 customer has at least a /64 (RFC 6177), with a new address for every attempt. */
const IPV6_BLOCK_BYTES = 8;

/** The addresses that count as one, as a text. What is no address, as a believed proxy may send, is itself. */
export function addressBlock(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const bytes = parsed.toByteArray().slice(0, IPV6_BLOCK_BYTES);
  return `${Buffer.from(bytes).toString('hex')}/64`;
}
