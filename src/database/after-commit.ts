import type { EntityManager } from 'typeorm';

const waiting = new WeakMap<EntityManager, (() => void)[]>();

/** Runs `action` once the transaction of `manager` has been committed, and never if it is undone. */
export function afterCommit(manager: EntityManager, action: () => void): void {
  const actions = waiting.get(manager);
  if (actions) actions.push(action);
  else waiting.set(manager, [action]);
}

/** For the engines: the transaction has been committed. */
export function committed(manager: EntityManager): void {
  const actions = waiting.get(manager) ?? [];
  waiting.delete(manager);
  for (const action of actions) action();
}

/** For the engines: the transaction was undone. */
export function undone(manager: EntityManager): void {
  waiting.delete(manager);
}
