/** Runs one act after another. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs after all that came before, which may have failed. @returns what `act` does */
  async take<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.last.then(act);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
