import { cancel } from './bounds.js';
import { NOWHERE, TRUST, type State } from './state.js';

/** Gives one value to whatever can make no difference any more: so fewer states say the same. */
export function settle(state: State): State {
  return settleInstances(settleRecord(settleVerifier(state)));
}

/** No answer says any more that the ended token is live, and none will: the verifier may as well be a new one. */
function settleVerifier(state: State): State {
  if (state.isLive || state.answer !== 'none') return state;
  return { ...state, after: NOWHERE, lease: null, poll: null };
}

/** Only a change that waits looks at records. */
function settleRecord(state: State): State {
  return state.change.phase === 'answered' ? { ...state, record: 'none' } : state;
}

/** Only an instance that does the change, or may do it yet, has to trust a list. */
function settleInstances(state: State): State {
  const { phase, by } = state.change;
  return ([0, 1] as const).reduce((now, i) => {
    const mayDoIt = phase !== 'answered' && (phase === 'asked' || state.crashes > 0 || by === i);
    if (mayDoIt || !now.unsure[i]) return now;
    const unsure = i === 0 ? ([false, now.unsure[1]] as const) : ([now.unsure[0], false] as const);
    return cancel({ ...now, unsure }, TRUST[i]);
  }, state);
}
