import { changeSteps } from './change-steps.js';
import { crashSteps } from './crash-steps.js';
import type { Rule } from './rules.js';
import { settle } from './settle.js';
import { OTHER, type State, type Step } from './state.js';
import { verifierSteps } from './verifier-steps.js';

/**
 * All that may happen next. One verifier, one change and its token are followed; of the others there is what they
 * do to these: entries in the feed, and leases to wait for, whenever they like. None differs from another, so
 * what holds for one holds for each.
 */
export function stepsOf(state: State, broken?: Rule): Step[] {
  const { feed, others } = state;
  const another =
    others === 0
      ? []
      : [
          {
            name: 'another change is told',
            to: { ...state, feed: feed + OTHER, others: others - 1 },
          },
        ];
  const heard = { name: 'everybody hears of the client', to: { ...state, isHeardOf: true } };
  return [
    ...(state.isHeardOf ? [] : [heard]),
    ...another,
    ...changeSteps(state, broken),
    ...verifierSteps(state, broken),
    ...crashSteps(state, broken),
  ].map(({ name, to }) => ({ name, to: settle(to) }));
}

/** What must not be: a wrong yes, a wrong no, or a change that nothing moves on. */
export function faultOf(state: State, broken?: Rule): string | undefined {
  const { answer, change, isLive, lease } = state;
  const isDone = change.phase === 'answered';
  if (isDone && answer === 'kept' && lease !== null) return 'an ended token is accepted';
  if (isLive && answer === 'refused') return 'a live token is refused';
  if (!isDone && changeSteps(state, broken).length === 0) return 'a change is never answered';
  return undefined;
}
