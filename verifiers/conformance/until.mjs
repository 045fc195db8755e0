import { EventEmitter } from 'node:events';

const LIMIT_MS = 10_000;

/** Something that changes, and that may be waited for. */
export class Watched {
  #events = new EventEmitter().setMaxListeners(0);

  changed() {
    this.#events.emit('change');
  }

  /** Resolves with what `find` finds once that is neither undefined nor false. @throws Error after 10 s */
  async until(find, what) {
    const isFound = (found) => found !== undefined && found !== false;
    const now = find();
    if (isFound(now)) return now;
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.#events.off('change', look);
        settle(value);
      };
      const look = () => {
        try {
          const found = find();
          if (isFound(found)) end(resolve, found);
        } catch (error) {
          end(reject, error);
        }
      };
      const timer = setTimeout(() => {
        end(reject, new Error(`In ${LIMIT_MS / 1000} s there was not: ${what}`));
      }, LIMIT_MS);
      this.#events.on('change', look);
    });
  }
}
