import { isTooOld } from './redis-check.js';

it.each([
  ['6.2.14', true],
  ['5.0.7', true],
  ['7.0.0', false],
  ['8.2.1', false],
  ['10.0.0', false],
  ['', false],
])('Redis %j is too old: %s', (version, expected) => {
  expect(isTooOld(version)).toBe(expected);
});
