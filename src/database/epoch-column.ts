import { Column, type ColumnOptions } from 'typeorm';

/** A point in time as a whole number since 1970; drivers give 64-bit integers back as text. */
export function EpochColumn(options: ColumnOptions = {}) {
  return Column({
    type: 'bigint',
    ...options,
    transformer: {
      to: (value: unknown) => value,
      from: (value: string | number | null) => (value === null ? null : Number(value)),
    },
  });
}
