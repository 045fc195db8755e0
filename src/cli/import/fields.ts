/** What a row tells of an account, under the names that it has there. */
export type Fields = Readonly<Record<string, unknown>>;

/** A name as it is compared: `createdAt`, `created_at` and `Created At` are one. */
export function plainName(name: string): string {
  return name.replace(/[\s_-]/g, '').toLowerCase();
}

/** Whether a value is an object with names, and no list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
