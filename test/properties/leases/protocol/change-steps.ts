import { begin, cancel, pass } from './bounds.js';
import type { Rule } from './rules.js';
import {
  FOLLOWED,
  NOWHERE,
  WAIT,
  type Change,
  type Pending,
  type State,
  type Step,
} from './state.js';

/** What may happen next to the change that is followed. As long as it has no answer, there must be something. */
export function changeSteps(state: State, broken?: Rule): Step[] {
  const { phase, by } = state.change;
  const isSwapped = broken === 'a change is in its row before it is in the feed';
  const [first, second] = isSwapped ? [writeEntry, writeRow] : [writeRow, writeEntry];
  const [begun, told] = isSwapped ? ['entry', 'row'] : ['row', 'entry'];
  switch (phase) {
    case 'asked':
      return instances(state).map((instance) => ({
        name: `instance ${instance} writes the ${begun}`,
        to: first(set(listed(state, broken), { phase: 'begun', by: instance }), broken),
      }));
    case 'begun': {
      const to = second(set(state, { phase: 'told' }), broken);
      return [{ name: `instance ${by} writes the ${told}`, to }, ...unheardSteps(state)];
    }
    case 'told':
      return [...listSteps(state), ...endSteps(state, broken)];
    case 'answered':
      return [];
  }
}

/** Who believes that nobody listens answers at once. */
function unheardSteps(state: State): Step[] {
  if (state.isHeardOf || state.isLive) return [];
  return [{ name: 'the change is answered, and told to nobody', to: answered(state) }];
}

/** As long as both are in the same state, one is as good as the other. */
function instances({ unsure }: State): number[] {
  return unsure.includes(true) ? [0, 1] : [0];
}

function writeRow(state: State): State {
  return { ...state, isLive: false };
}

function writeEntry(state: State, broken?: Rule): State {
  const feed = state.feed + FOLLOWED;
  const record = state.record === 'none' ? 'none' : 'silent';
  return begin({ ...set(state, { entry: feed.length }), feed, record }, WAIT, broken);
}

function listed(state: State, broken?: Rule): State {
  if (broken !== 'leases are listed after the entry is written') return state;
  return set(state, { pending: state.record === 'none' ? [] : ['followed'] });
}

/** Who was found by the first list, and is still waited for. The other verifier does as it likes. */
function listSteps(state: State): Step[] {
  const { by, entry, pending } = state.change;
  if (entry === NOWHERE) return [];
  const isPending = state.record === 'silent' && pending?.includes('followed') !== false;
  const followed: Pending = isPending ? ['followed'] : [];
  const lists: Pending[] = [followed];
  if (pending?.includes('other') !== false) lists.push([...followed, 'other']);
  return lists
    .filter(({ length }) => length !== pending?.length)
    .map((found) => ({
      name: `instance ${by} lists the leases, and waits for ${found.join(' and ') || 'none'}`,
      to: set(state, { pending: found }),
    }));
}

function endSteps(state: State, broken?: Rule): Step[] {
  const { by, entry, pending } = state.change;
  const steps: Step[] = [];
  const mayTrust = state.unsure[by] === false && entry !== NOWHERE;
  if (broken === 'a change waits before it is answered' || (mayTrust && pending?.length === 0)) {
    steps.push({ name: 'the change is answered', to: cancel(answered(state), WAIT) });
  }
  if (broken !== 'a wait has a bound') {
    steps.push({
      name: 'the bound passes: the change is answered',
      to: pass(answered(state), WAIT, broken),
    });
  }
  return steps;
}

function answered(state: State): State {
  return set(state, { phase: 'answered', by: 0, entry: 0, pending: null });
}

function set(state: State, change: Partial<Change>): State {
  return { ...state, change: { ...state.change, ...change } };
}
