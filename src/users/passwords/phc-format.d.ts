/** The part of the package's interface that is used here; it ships no types of its own. */
declare module '@phc/format' {
  interface PhcString {
    id: string;
    params?: Record<string, string | number>;
    salt?: Buffer;
    hash?: Buffer;
  }

  export function serialize(value: PhcString): string;
  export function deserialize(text: string): PhcString;
}
