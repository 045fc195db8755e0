/** What the protocol rests on: docs/verifiers.md. Each can be broken alone, to see that the search finds what follows. */
export type Rule =
  | 'a change waits before it is answered'
  | 'a wait has a bound'
  | 'a bound comes after every lease from before, by all clocks'
  | 'a change is in its row before it is in the feed'
  | 'leases are listed after the entry is written'
  | 'nobody trusts the list right after the store was lost'
  | 'nobody trusts the list right after a start'
  | 'a record is dropped only after its lease is over'
  | 'all is forgotten at the first lease, after everybody has heard of the client'
  | 'a poll writes its lease before it reads the feed'
  | 'a cursor names the life of the store'
  | 'a lease counts from the sending of its poll'
  | 'a cursor is sent back only once its answer was applied'
  | 'an answer that was under way when its event came is not kept'
  | 'what is to be forgotten is asked for, and not refused';
