import { begin, cancel, pass } from './bounds.js';
import type { Rule } from './rules.js';
import { NOWHERE, TRUST, WAIT, type State, type Step } from './state.js';

type Instance = 0 | 1;

/** A crash, if there may be one more, and the end of the time in which an instance trusts no list because of one. */
export function crashSteps(state: State, broken?: Rule): Step[] {
  const instances = [0, 1] as const;
  const steps = instances
    .filter((i) => state.unsure[i])
    .map((i) => ({
      name: `instance ${i} trusts the list`,
      to: pass(setUnsure(state, i, false), TRUST[i], broken),
    }));
  if (state.crashes === 0) return steps;
  const crashed = { ...state, crashes: state.crashes - 1 };
  const restarts = instances.map((i) => ({
    name: `instance ${i} is started again`,
    to: restart(crashed, i, broken),
  }));
  return [...steps, { name: 'the store is lost', to: loseStore(crashed, broken) }, ...restarts];
}

/** Whatever knows a place in the feed knows none of the new life. */
function loseStore(state: State, broken?: Rule): State {
  const keepsCursors = broken === 'a cursor names the life of the store';
  const { change, poll } = state;
  const lost: State = {
    ...state,
    feed: '',
    record: 'none',
    change: change.entry > 0 ? { ...change, entry: NOWHERE, pending: null } : change,
    after: keepsCursors ? state.after : NOWHERE,
    poll: poll && { ...poll, next: keepsCursors ? poll.next : NOWHERE },
  };
  if (broken === 'nobody trusts the list right after the store was lost') return lost;
  return distrust(distrust(lost, 0, broken), 1, broken);
}

/** A change that it was doing is asked for again. */
function restart(state: State, instance: Instance, broken?: Rule): State {
  const { phase, by } = state.change;
  const isHit = by === instance && (phase === 'begun' || phase === 'told');
  const change = { phase: 'asked', by: 0, entry: 0, pending: null } as const;
  const lost = isHit ? cancel({ ...state, change }, WAIT) : state;
  if (broken === 'nobody trusts the list right after a start') {
    return cancel(setUnsure(lost, instance, false), TRUST[instance]);
  }
  return distrust(lost, instance, broken);
}

/** It sees this life of the store as soon as it can: who sees it later trusts the list later. */
function distrust(state: State, instance: Instance, broken?: Rule): State {
  return begin(setUnsure(state, instance, true), TRUST[instance], broken);
}

function setUnsure(state: State, instance: Instance, isUnsure: boolean): State {
  const [first, second] = state.unsure;
  return { ...state, unsure: instance === 0 ? [isUnsure, second] : [first, isUnsure] };
}
