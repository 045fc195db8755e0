/** As Node sets it, if the environment does not. */
const USUAL_THREADS = 4;

/**
 * Node's worker threads.
 * @param size what `UV_THREADPOOL_SIZE` says in the environment; an empty one says nothing
 */
export function workerThreadsOf(size: string | undefined): number {
  return Number(size || USUAL_THREADS);
}

/** Those of this process, whatever `.env` says: Node has read the environment itself. */
export const WORKER_THREADS = workerThreadsOf(process.env.UV_THREADPOOL_SIZE);
