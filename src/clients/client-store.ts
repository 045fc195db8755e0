/** A client as its row says. */
export interface ClientState {
  readonly clientId: string;
  readonly name: string;
  readonly version: number;
  readonly generation: number;
  /** Neither disabled nor deleted. */
  readonly isEnabled: boolean;
  readonly introspects: boolean;
  readonly scopes: readonly string[];
  readonly secrets: readonly SecretState[];
}

interface SecretState {
  /** SHA-256, in base64url. */
  readonly hash: string;
  readonly expiresAtMs: number | null;
}

/** Which token of which client. */
export interface ClientTokenReference {
  readonly clientId: string;
  readonly jti: string;
}

/** A live token of a client. */
export interface ClientToken extends ClientTokenReference {
  /** The client's generation that it was issued in. */
  readonly generation: number;
  readonly scopes: readonly string[];
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export type IssueResult =
  | { readonly outcome: 'issued' }
  /** The client is not, or no longer, what it was taken for: disabled, deleted, or its secret replaced. */
  | { readonly outcome: 'refused' }
  /** It has as many live tokens as it may. */
  | { readonly outcome: 'full'; readonly retryAfterSeconds: number };

/** The live tokens of a client at the most, so that no client fills the store. */
export const MAX_CLIENT_TOKENS = 10_000;

/**
 * What requests are answered from about clients and their tokens. The client's row is the truth; it is changed
 * first, and then the store is told.
 *
 * Each method is one atomic step, whose effect every instance sees when it resolves. All of them throw DomainError
 * `service-unavailable` when the store cannot answer, or neither it nor the row can; repeating it is safe.
 */
export abstract class ClientStore {
  /**
   * The client; undefined if there is none.
   * @param suffices whether what the store holds is enough for the caller: if not, the row is read. So an unknown
   *   client and one with a wrong secret cost the same.
   */
  abstract findClient(
    clientId: string,
    suffices: (client: ClientState) => boolean,
  ): Promise<ClientState | undefined>;

  /** Records a token, if its client is enabled, of the token's generation, and still has the secret. */
  abstract issue(token: ClientToken, secretHash: string): Promise<IssueResult>;

  /**
   * The live token; undefined if it is not live. One that the store cannot vouch for, because it may have gone
   * back in time, is not: its client gets another.
   */
  abstract findToken(reference: ClientTokenReference): Promise<ClientToken | undefined>;

  /** Kills one token. Idempotent. */
  abstract revoke(reference: ClientTokenReference): Promise<void>;

  /**
   * Lets every instance go by the client's present row, and kills its tokens of earlier generations.
   * @returns what they go by now; undefined if there is no row
   */
  abstract tell(clientId: string): Promise<ClientState | undefined>;

  /** Removes the records of tokens that have expired: batch by batch, until `signal` is aborted. */
  abstract prune(signal: AbortSignal): Promise<void>;
}
