import { addressBlock } from './address-block.js';

describe('The addresses that count as one', () => {
  it.each([
    ['of IPv6 are those of a /64', '2001:db8:0:7::1', '2001:db8:0:7:ffff:ffff:ffff:ffff'],
    ['of IPv6 are one in every spelling', '2001:DB8::1', '2001:0db8:0000:0000:0:0:0:1'],
    ['of IPv6 are one on every interface', 'fe80::1', 'fe80::1%eth0'],
    ['are one of IPv4 and the same in IPv6', '192.0.2.1', '::ffff:192.0.2.1'],
  ])('%s', (_, one, other) => {
    expect(addressBlock(one)).toBe(addressBlock(other));
  });

  it.each([
    ['two of IPv4', '192.0.2.1', '192.0.2.2'],
    ['two of IPv4 in IPv6', '::ffff:192.0.2.1', '::ffff:192.0.2.2'],
    ['two networks of IPv6', '2001:db8:0:7::1', '2001:db8:0:8::1'],
    ['two texts that are no addresses', 'unknown', 'cli'],
    ['two that differ in case and are no addresses', '_Hidden', '_hidden'],
  ])('are not %s', (_, one, other) => {
    expect(addressBlock(one)).not.toBe(addressBlock(other));
  });

  it('are shown as an address, a network, or what was given', () => {
    const shown = ['192.0.2.1', '2001:db8:0:7::1', 'unknown', ''].map(addressBlock);
    expect(shown).toEqual(['192.0.2.1', '20010db800000007/64', 'unknown', '']);
  });
});
