/** The length of a text as people count it: in Unicode code points. */
export function codePointLength(text: string): number {
  return [...text].length;
}
