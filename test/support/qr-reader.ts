/** The data of each block, in bytes, at the error correction level M (ISO/IEC 18004 table 9). */
const BLOCKS: Record<number, number[]> = {
  5: [43, 43],
  6: [27, 27, 27, 27],
  7: [31, 31, 31, 31],
  8: [38, 38, 39, 39],
  9: [36, 36, 36, 37, 37],
  10: [43, 43, 43, 43, 44],
};

/** Where the centres of alignment patterns are, in both directions (annex E). */
const CENTRES: Record<number, number[]> = {
  5: [6, 30],
  6: [6, 34],
  7: [6, 22, 38],
  8: [6, 24, 42],
  9: [6, 26, 46],
  10: [6, 28, 50],
};

/** Which modules each mask turns over (table 10). */
const MASKS: ((x: number, y: number) => number)[] = [
  (x, y) => (x + y) % 2,
  (_, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

const MASKED_FORMAT = 0b10101;
const BYTE_MODE = 0b0100;

/**
 * The text of a QR code, as a camera reads it that sees each module: of bytes, versions 5 to 10, level M. It mends no
 * errors.
 * @param isDark the modules by x and y, without what is around them
 */
export function readQrCode(size: number, isDark: (x: number, y: number) => boolean): string {
  const version = (size - 17) / 4;
  const lengths = BLOCKS[version];
  if (!lengths) throw new Error(`This reader does not know version ${version}`);
  const format = numberOf([0, 1, 2, 3, 4].map((x) => isDark(x, 8))) ^ MASKED_FORMAT;
  if (format >> 3 !== 0) throw new Error('The error correction level is not M');
  const mask = MASKS[format & 7]!;

  const bits = path(size)
    .filter(({ x, y }) => !isForReaders(version, size, x, y))
    .map(({ x, y }) => isDark(x, y) !== (mask(x, y) === 0));
  const data = joined(lengths, bits).flatMap((byte) => bitsOf(byte));
  if (numberOf(data.slice(0, 4)) !== BYTE_MODE) throw new Error('The text is not in bytes');
  const start = version < 10 ? 12 : 20;
  const length = numberOf(data.slice(4, start));
  const bytes = Array.from({ length }, (_, at) =>
    numberOf(data.slice(start + at * 8, start + at * 8 + 8)),
  );
  return Buffer.from(bytes).toString();
}

/** The modules in the order of their data: in pairs of columns from the right, up and down in turn. */
function path(size: number): { x: number; y: number }[] {
  const found: { x: number; y: number }[] = [];
  let isUpward = true;
  for (let right = size - 1; right > 0; right -= 2) {
    // The column of the timing pattern belongs to no pair.
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = isUpward ? size - 1 - step : step;
      found.push({ x: right, y }, { x: right - 1, y });
    }
    isUpward = !isUpward;
  }
  return found;
}

/** Whether a module has no data, but tells readers where the code is and how to read it. */
function isForReaders(version: number, size: number, x: number, y: number): boolean {
  if (x === 6 || y === 6) return true;
  if ((x < 9 && y < 9) || (x < 9 && y >= size - 8) || (x >= size - 8 && y < 9)) return true;
  const [near, far] = [Math.min(x, y), Math.max(x, y)];
  if (version >= 7 && near < 6 && far >= size - 11) return true;
  const centres = CENTRES[version]!;
  const last = centres.at(-1);
  return centres.some((cx) =>
    centres.some((cy) => {
      // Three corners have a larger pattern instead.
      const isCorner = Math.min(cx, cy) === 6 && [6, last].includes(Math.max(cx, cy));
      return !isCorner && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
    }),
  );
}

/** The data of the blocks, whose bytes come in turn. */
function joined(lengths: number[], bits: boolean[]): number[] {
  const blocks: number[][] = lengths.map(() => []);
  let at = 0;
  for (let round = 0; round < Math.max(...lengths); round++) {
    for (const [index, length] of lengths.entries()) {
      if (round < length) blocks[index]!.push(numberOf(bits.slice(at, (at += 8))));
    }
  }
  return blocks.flat();
}

function numberOf(bits: boolean[]): number {
  return bits.reduce((sum, bit) => sum * 2 + Number(bit), 0);
}

function bitsOf(byte: number): boolean[] {
  return [7, 6, 5, 4, 3, 2, 1, 0].map((place) => ((byte >> place) & 1) === 1);
}
