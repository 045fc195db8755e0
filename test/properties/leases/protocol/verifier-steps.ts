import type { Rule } from './rules.js';
import { FOLLOWED, NOWHERE, type Poll, type State, type Step } from './state.js';

/** What may happen next to the verifier that is followed: to its polls, its record and its question. */
export function verifierSteps(state: State, broken?: Rule): Step[] {
  return [...pollSteps(state, broken), ...recordSteps(state, broken), ...questionSteps(state)];
}

function pollSteps(state: State, broken?: Rule): Step[] {
  const { poll } = state;
  if (!poll) {
    const sent = { steps: 0, lease: 0, next: NOWHERE, forgets: false };
    return [{ name: 'a poll is sent', to: { ...state, poll: sent } }];
  }
  if (poll.steps < 2) {
    const isFirst = poll.steps === 0;
    const writes = isFirst !== (broken === 'a poll writes its lease before it reads the feed');
    return writes ? writeSteps(state, poll) : [readStep(state, poll, broken)];
  }
  // One that is lost earlier leaves no more behind.
  const skips = broken === 'a cursor is sent back only once its answer was applied';
  const after = skips ? poll.next : state.after;
  return [
    { name: 'the answer is applied', to: apply(state, poll, broken) },
    { name: 'the answer is lost', to: { ...state, after, poll: null } },
  ];
}

/** A poll may give no lease: the client is new, or the verifier has to catch up, or acknowledges nothing. */
function writeSteps(state: State, poll: Poll): Step[] {
  const steps = poll.steps + 1;
  const { entry } = state.change;
  const record = entry > 0 && state.after >= entry ? 'acknowledges' : 'silent';
  const without = { ...state, poll: { ...poll, steps, lease: null } };
  const leaseless = { name: 'the poll gets no lease', to: without };
  if (!state.isHeardOf) return [leaseless];
  const granted: State = { ...state, record, poll: { ...poll, steps } };
  return [leaseless, { name: 'the poll writes its lease', to: granted }];
}

function readStep(state: State, poll: Poll, broken?: Rule): Step {
  const { feed, after } = state;
  const isKnown =
    state.isHeardOf ||
    broken === 'all is forgotten at the first lease, after everybody has heard of the client';
  const forgets = after === NOWHERE || feed.slice(after).includes(FOLLOWED);
  const read = { ...poll, steps: poll.steps + 1, next: isKnown ? feed.length : NOWHERE, forgets };
  return { name: 'the poll reads the feed', to: { ...state, poll: read } };
}

function apply(state: State, poll: Poll, broken?: Rule): State {
  const lease = poll.lease ?? state.lease;
  const applied = { ...state, after: poll.next, lease, poll: null };
  if (!poll.forgets) return applied;
  if (broken === 'what is to be forgotten is asked for, and not refused') {
    return { ...applied, answer: 'refused' };
  }
  const isSpared =
    broken === 'an answer that was under way when its event came is not kept' &&
    state.answer === 'under way';
  return { ...applied, answer: isSpared ? 'under way' : 'none' };
}

/** An instance drops the record once it was not renewed for so long; an earlier poll comes late, or twice. */
function recordSteps(state: State, broken?: Rule): Step[] {
  const steps: Step[] = [];
  const { record, poll } = state;
  if (record !== 'none') {
    const dropped: State = { ...state, record: 'none' };
    const isOver = { lease: null, poll: poll && poll.steps > 0 ? { ...poll, lease: null } : poll };
    const isEarly = broken === 'a record is dropped only after its lease is over';
    steps.push({
      name: 'the record is dropped',
      to: isEarly ? dropped : { ...dropped, ...isOver },
    });
  }
  if (record !== 'silent') {
    steps.push({ name: 'an earlier poll comes late', to: { ...state, record: 'silent' } });
  }
  return steps;
}

/** A question is read as soon as it is sent: one that was sent earlier is forgotten more often. */
function questionSteps(state: State): Step[] {
  if (state.answer === 'none' && state.isLive) {
    return [{ name: 'introspection says: active', to: { ...state, answer: 'under way' } }];
  }
  if (state.answer !== 'under way') return [];
  return [{ name: 'the active answer is kept', to: { ...state, answer: 'kept' } }];
}
