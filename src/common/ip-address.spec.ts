import { isWithin, parseIpAddress, parseNetwork } from './ip-address.js';

describe('An address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%25en0', 'fe80::1'],
    ['::1', '::1'],
    ['::', '::'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ])('has one text however it is written: %s is %s', (text, normal) => {
    expect(parseIpAddress(text)?.toString()).toBe(normal);
  });

  it.each([
    ...['', '1', '0x7f.0.0.1', '127.1', '0177.0.0.1', '192.0.2.256', '192.0.2.1 ', '192.0.2.1:80'],
    ...['[::1]', '::1::', '1:2:3:4:5:6:7', '::ffff:192.0.2.1:80', 'localhost', 'unknown'],
  ])('is not %j', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});

describe('A network', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['::ffff:10.0.0.0/104', '11.9.9.9', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
  ])('%s has %s in it: %s', (network, address, expected) => {
    expect(isWithin(parseIpAddress(address)!, parseNetwork(network)!)).toBe(expected);
  });

  it.each([
    ...['', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/255.0.0.0'],
    ...['::/129', '::ffff:10.0.0.0/95', '10/8', 'loopback'],
  ])('is not %j', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });
});
