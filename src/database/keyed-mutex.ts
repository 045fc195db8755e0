/**
 * One task at a time for each user, in the order of their asking. On PostgreSQL an advisory lock does
 * this among instances; waiting here first keeps one user's many requests from taking every connection.
 */
export class KeyedMutex {
  private readonly last = new Map<number, Promise<unknown>>();

  async take<T>(userId: number, task: () => Promise<T>): Promise<T> {
    const before = this.last.get(userId) ?? Promise.resolve();
    const own = before.then(task, task);
    this.last.set(userId, own);
    try {
      return await own;
    } finally {
      if (this.last.get(userId) === own) this.last.delete(userId);
    }
  }
}
