import type { Position } from './change-feed.js';

const FORM = /^([\w-]{1,64})\.(0|[1-9]\d{0,14})$/;

/** A place in the feed as verifiers send it back. */
export function toCursor({ life, index }: Position): string {
  return `${life}.${index}`;
}

/** Undefined if the text is no cursor that `toCursor` makes. */
export function parseCursor(text: string): Position | undefined {
  const [, life, index] = FORM.exec(text) ?? [];
  return life === undefined ? undefined : { life, index: Number(index) };
}

/** Whether everything up to the entry has been applied by someone who sent this cursor. */
export function hasApplied(cursor: string, entry: Position): boolean {
  const position = parseCursor(cursor);
  return position?.life === entry.life && position.index >= entry.index;
}
