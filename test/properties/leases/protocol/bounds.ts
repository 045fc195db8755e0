import type { Rule } from './rules.js';
import type { Bounds, Lease, State } from './state.js';

/** A bound begins: it comes after every lease whose poll has been sent. */
export function begin(state: State, bound: Bounds, broken?: Rule): State {
  const add = (lease: Lease) => (lease === null ? null : lease | bound);
  const countsLate = broken === 'a lease counts from the sending of its poll';
  return mapLeases(state, add, countsLate ? (lease) => lease : add);
}

/** A bound is over: so are all leases from before. */
export function pass(state: State, bound: Bounds, broken?: Rule): State {
  if (broken === 'a bound comes after every lease from before, by all clocks') {
    return cancel(state, bound);
  }
  return mapLeases(state, (lease) => (lease !== null && lease & bound ? null : lease));
}

/** Nobody waits for a bound any more. */
export function cancel(state: State, bound: Bounds): State {
  return mapLeases(state, (lease) => (lease === null ? null : lease & ~bound));
}

function mapLeases(
  state: State,
  ofHeld: (lease: Lease) => Lease,
  ofPoll: (lease: Lease) => Lease = ofHeld,
): State {
  const { poll } = state;
  return {
    ...state,
    lease: ofHeld(state.lease),
    poll: poll && { ...poll, lease: ofPoll(poll.lease) },
  };
}
