import { Column, type ColumnOptions } from 'typeorm';

/** Drivers give 64-bit integers back as text; ours are all small enough to be numbers. */
export const bigintColumn = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** A point in time as a whole number since 1970. */
export function EpochColumn(options: ColumnOptions = {}) {
  return Column({ type: 'bigint', ...options, transformer: bigintColumn });
}
