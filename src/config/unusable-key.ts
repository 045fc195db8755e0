/** A key that will not do: the end of the sentence "SIGNING_KEY …", which shows nothing of it. */
export class UnusableKey extends Error {}

/** What `read` finds wrong with a text, as the end of "NAME …"; undefined if it is right. */
export function faultOf(read: (text: string) => unknown, text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    if (error instanceof UnusableKey) return error.message;
    throw error;
  }
}
