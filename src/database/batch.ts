import { isUnavailable } from '../problems/errors.js';

const LARGEST_GROUP = 100;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Serves items in groups: those that come while a group is being served make up the next one. So an item is
 * served alone while there is time, and under load many cost as much as one. No item waits for others to come.
 */
export class Batch<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private isServing = false;

  /** @param serve does all of it or none, and gives the results in the order of the items */
  constructor(private readonly serve: (items: Item[]) => Promise<Result[]>) {}

  /** @throws whatever serving the item's group throws */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isServing) void this.serveAll();
    });
  }

  private async serveAll(): Promise<void> {
    this.isServing = true;
    while (this.waiting.length > 0) {
      await this.serveGroup(this.waiting.splice(0, LARGEST_GROUP));
    }
    this.isServing = false;
  }

  private async serveGroup(group: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.serve(group.map(({ item }) => item));
      group.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      if (isUnavailable(error)) {
        // Those that waited for this group waited long enough: they get the same error.
        for (const { reject } of [...group, ...this.waiting.splice(0)]) reject(error);
      } else if (group.length > 1) {
        // One of them is at fault, and the others shall not pay for it.
        for (const one of group) await this.serveGroup([one]);
      } else {
        group[0]?.reject(error);
      }
    }
  }
}
