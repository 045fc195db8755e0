import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { digitsToNumber, WholeNumber } from './whole-number.js';

class Settings {
  @WholeNumber(1, 60, 'seconds')
  wait: unknown = 10;
}

describe('A whole number', () => {
  it.each([
    ['0', 0],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
  ])('is read from the digits %s', (value, number) => {
    expect(digitsToNumber({ value })).toBe(number);
  });

  it.each(['', ' 7', '+7', '-7', '7.0', '1e3', '0x7', '٧', '7\n', '9'.repeat(16), 7.5, null])(
    'is not read from %j, which stays what it is',
    (value) => {
      expect(digitsToNumber({ value })).toBe(value);
    },
  );

  it('is accepted up to its bounds', () => {
    for (const wait of ['1', '60', 60]) {
      expect(validateSync(plainToInstance(Settings, { wait }))).toEqual([]);
    }
  });

  it('is refused beyond them, or if it is none, with what it must be', () => {
    for (const wait of ['0', '61', '', '1.5', 'ten', null]) {
      const [fault] = validateSync(plainToInstance(Settings, { wait }), { stopAtFirstError: true });
      expect(Object.values(fault?.constraints ?? {})).toEqual([
        'must be a whole number of seconds from 1 to 60',
      ]);
    }
  });
});
