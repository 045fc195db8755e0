import { faultOf, stepsOf } from './protocol/protocol.js';
import type { Rule } from './protocol/rules.js';
import { search, type Found } from './protocol/search.js';
import { initialState } from './protocol/state.js';

function explore(others: number, crashes: number, broken?: Rule): Found {
  return search(
    initialState(others, crashes),
    (state) => stepsOf(state, broken),
    (state) => faultOf(state, broken),
  );
}

/** What goes wrong without a rule, and after how many steps at the earliest. */
const WITHOUT: Record<Rule, readonly [fault: string, steps: number]> = {
  'a change waits before it is answered': ['an ended token is accepted', 10],
  'a wait has a bound': ['a change is never answered', 3],
  'a bound comes after every lease from before, by all clocks': ['an ended token is accepted', 10],
  'a change is in its row before it is in the feed': ['an ended token is accepted', 10],
  'leases are listed after the entry is written': ['an ended token is accepted', 14],
  'all is forgotten at the first lease, after everybody has heard of the client': [
    'an ended token is accepted',
    13,
  ],
  'nobody trusts the list right after the store was lost': ['an ended token is accepted', 12],
  'nobody trusts the list right after a start': ['an ended token is accepted', 13],
  'a record is dropped only after its lease is over': ['an ended token is accepted', 12],
  'a poll writes its lease before it reads the feed': ['an ended token is accepted', 15],
  'a cursor names the life of the store': ['an ended token is accepted', 15],
  'a lease counts from the sending of its poll': ['an ended token is accepted', 13],
  'a cursor is sent back only once its answer was applied': ['an ended token is accepted', 13],
  'an answer that was under way when its event came is not kept': ['an ended token is accepted', 9],
  'what is to be forgotten is asked for, and not refused': ['a live token is refused', 4],
};

describe('In every order of the steps of the protocol', () => {
  it.each([
    { changes: 3, crashes: 1, states: 99_698 },
    { changes: 1, crashes: 2, states: 29_207 },
  ])(
    'with $changes changes and $crashes crashes, each is answered, and then no verifier accepts what it ended (S98)',
    ({ changes, crashes, states }) => {
      expect(explore(changes - 1, crashes)).toEqual({ states, fault: undefined, steps: [] });
    },
  );

  it.each(Object.entries(WITHOUT))('that rests on this: %s', (rule, [fault, steps]) => {
    const found = explore(
      0,
      rule === 'nobody trusts the list right after a start' ? 2 : 1,
      rule as Rule,
    );
    expect(found).toMatchObject({ fault });
    expect(found.steps).toHaveLength(steps);
  });

  it('shows the shortest way to a fault', () => {
    const { steps } = explore(2, 1, 'nobody trusts the list right after the store was lost');
    expect(steps).toEqual([
      'everybody hears of the client',
      'a poll is sent',
      'the poll writes its lease',
      'the poll reads the feed',
      'the answer is applied',
      'introspection says: active',
      'instance 0 writes the row',
      'the active answer is kept',
      'the store is lost',
      'instance 0 writes the entry',
      'instance 0 lists the leases, and waits for none',
      'the change is answered',
    ]);
  });
});
