/**
 * One task at a time for each key, in the order of their asking. On PostgreSQL a lock does this among instances; waiting
 * here first keeps the many requests of one user, or one client, from taking every connection.
 */
export class KeyedMutex<Key> {
  private readonly last = new Map<Key, Promise<unknown>>();

  async take<T>(key: Key, task: () => Promise<T>): Promise<T> {
    const before = this.last.get(key) ?? Promise.resolve();
    const own = before.then(task, task);
    this.last.set(key, own);
    try {
      return await own;
    } finally {
      if (this.last.get(key) === own) this.last.delete(key);
    }
  }
}
