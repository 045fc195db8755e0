/**
 * Everything that may make an answer of introspection wrong. One who changes any of these tells it by
 * `ChangeAnnouncements`, once the database and the live records have it.
 */
export type Change =
  /** By log-out, by the list of sessions, or because a log-in was one too many. */
  | { readonly kind: 'sessions-ended'; readonly sessionIds: readonly string[] }
  /** A token was used after it had been replaced. */
  | { readonly kind: 'session-stolen'; readonly sessionId: string }
  /** By a password change, in the session that goes on. */
  | { readonly kind: 'tokens-replaced'; readonly sessionId: string }
  /** The replaced token dies after `TOKEN_REUSE_INTERVAL`, sooner than its answers said. */
  | { readonly kind: 'renewed-hard'; readonly sessionId: string }
  /** Its name or its roles, or it was disabled or deleted: every session and every key that it has, or had until now. */
  | {
      readonly kind: 'account-changed';
      readonly sessionIds: readonly string[];
      readonly keyIds: readonly string[];
    }
  | { readonly kind: 'keys-deleted'; readonly keyIds: readonly string[] }
  /** It was disabled or deleted, or one of its tokens was revoked: answers about all of them have one name. */
  | { readonly kind: 'client-changed'; readonly clientId: string }
  /** A job found it half done: the one who began it has not been told of a success, or everybody has heard already. */
  | { readonly kind: 'finished-late'; readonly sids: readonly string[] };

/**
 * - `awaited`: the caller hears of its success once every verifier has forgotten.
 * - `told`: verifiers hear of it at once, and nobody waits.
 * - `quiet`: verifiers hear of it with their next poll.
 */
export type Urgency = 'awaited' | 'told' | 'quiet';

interface Telling<Kind extends Change['kind']> {
  readonly urgency: Urgency;
  /** The `sid` of the answers to forget. */
  readonly sids: (change: Extract<Change, { kind: Kind }>) => readonly string[];
}

/** What each kind of change tells. A kind that is not here does not compile. */
const TELLINGS: { readonly [Kind in Change['kind']]: Telling<Kind> } = {
  'sessions-ended': { urgency: 'awaited', sids: ({ sessionIds }) => sessionIds },
  'session-stolen': { urgency: 'told', sids: ({ sessionId }) => [sessionId] },
  'tokens-replaced': { urgency: 'awaited', sids: ({ sessionId }) => [sessionId] },
  'renewed-hard': { urgency: 'quiet', sids: ({ sessionId }) => [sessionId] },
  'account-changed': {
    urgency: 'awaited',
    sids: ({ sessionIds, keyIds }) => [...sessionIds, ...keyIds],
  },
  'keys-deleted': { urgency: 'awaited', sids: ({ keyIds }) => keyIds },
  'client-changed': { urgency: 'awaited', sids: ({ clientId }) => [clientId] },
  'finished-late': { urgency: 'quiet', sids: ({ sids }) => sids },
};

/** Which answers a change makes wrong, and how soon verifiers have to hear of it. */
export function tellingOf(change: Change): { urgency: Urgency; sids: readonly string[] } {
  const telling = TELLINGS[change.kind] as Telling<Change['kind']>;
  return { urgency: telling.urgency, sids: telling.sids(change) };
}
