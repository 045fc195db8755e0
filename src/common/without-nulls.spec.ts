import { withoutNulls } from './without-nulls.js';

it('Fields without a value are left out, and those with an empty one are not', () => {
  const fields = { none: null, absent: undefined, text: '', zero: 0, flag: false, list: [null] };
  expect(Object.entries(withoutNulls(fields))).toEqual([
    ['text', ''],
    ['zero', 0],
    ['flag', false],
    ['list', [null]],
  ]);
});
