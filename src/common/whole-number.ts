import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** Decimal digits become their number; anything else stays what it is, for a rule to refuse. */
export const digitsToNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;

/** A whole number within bounds, given in decimal digits. */
export function WholeNumber(min: number, max: number, unit = '') {
  const message = `must be a whole number${unit && ` of ${unit}`} from ${min} to ${max}`;
  return applyDecorators(
    Transform(digitsToNumber),
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
  );
}
