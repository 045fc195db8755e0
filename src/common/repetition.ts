/**
 * Whether a text is one piece over and over again, the last time perhaps cut.
 * @param longestPiece the most characters that the piece may have
 */
export function isRepetition(text: string, longestPiece: number): boolean {
  const longest = Math.min(longestPiece, Math.floor(text.length / 2));
  for (let length = 1; length <= longest; length += 1) {
    if (text.slice(length) === text.slice(0, -length)) return true;
  }
  return false;
}
