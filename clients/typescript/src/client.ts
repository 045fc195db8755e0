import createClient, { type Client } from 'openapi-fetch';
import { challengeOf, type SecondFactorChallenge } from './challenge.js';
import { dataOf, type GatehouseProblem } from './problem.js';
import type { components, paths } from './schema.js';
import { TokenCarrier } from './token-carrier.js';

const RENEW_BEFORE_SECONDS = 60;
const MAX_RETRIES = 3;
const MAX_RETRY_SECONDS = 10;

export interface GatehouseOptions {
  /** Where the service is, such as `https://accounts.example.com`. */
  baseUrl: string;
  /** In place of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
  /** A token that was kept from earlier. */
  token?: string | undefined;
  /**
   * Called with every token that takes the place of another, and with none after the end of the session;
   * `previous` is the one that was held before.
   */
  onToken?: (next: string | undefined, previous: string | undefined) => void;
  /** Called when the service accepts the token no more: the user has to log in again. */
  onLoggedOut?: (problem: GatehouseProblem) => void;
  /** A token is renewed once it has less than so many seconds (60), and less than half of its life. */
  renewBeforeSeconds?: number;
  /** How often a request that got 503 is sent again (3). */
  maxRetries?: number;
  /** In how many seconds that must have begun (10). */
  maxRetrySeconds?: number;
}

type Credentials = components['schemas']['CredentialsBody'];

/** `GET`, `PUT`, `POST` and `DELETE` resolve with `{ data, error, response }`; the others throw. */
export interface GatehouseClient extends Pick<Client<paths>, 'GET' | 'PUT' | 'POST' | 'DELETE'> {
  /** The token to use next. */
  readonly token: string | undefined;
  /**
   * Starts a session, or resolves with what it still needs if the account has a second factor.
   * @throws GatehouseProblem
   */
  login(credentials: Credentials, signal?: AbortSignal): Promise<SecondFactorChallenge | undefined>;
  /**
   * Ends the session; it is enough that it is over.
   * @throws GatehouseProblem the session may live on, and the token is kept for another attempt
   */
  logout(signal?: AbortSignal): Promise<void>;
  /** Renews the token now; there is no need to. @throws GatehouseProblem */
  renew(signal?: AbortSignal): Promise<void>;
  /** Goes on with a token that somebody else holds too, such as another tab; `undefined` forgets ours. */
  adopt(token: string | undefined): void;
  /** Ends whatever waits, and forgets the token. The session lives on: log out first. */
  close(): void;
}

/** A client of one user at a time. */
export function createGatehouseClient(options: GatehouseOptions): GatehouseClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const carrier = new TokenCarrier({
    baseUrl,
    fetch,
    marginMs: (options.renewBeforeSeconds ?? RENEW_BEFORE_SECONDS) * 1000,
    maxRetries: options.maxRetries ?? MAX_RETRIES,
    maxRetrySeconds: options.maxRetrySeconds ?? MAX_RETRY_SECONDS,
    onToken: (next, previous) => options.onToken?.(next, previous),
    onLoggedOut: (problem) => options.onLoggedOut?.(problem),
  });
  carrier.adopt(options.token);
  const client = createClient<paths>({ baseUrl, fetch });
  client.use(carrier);
  const { GET, PUT, POST, DELETE } = client;
  const abortable = (signal: AbortSignal | undefined) => (signal ? { signal } : {});
  const verify = async (challenge: string, code: string, signal?: AbortSignal) => {
    const body = { challenge, code };
    await dataOf(POST('/authenticate_user/verify', { body, ...abortable(signal) }));
  };

  return {
    GET,
    PUT,
    POST,
    DELETE,
    get token() {
      return carrier.token;
    },
    async login({ username, password }, signal) {
      const body = { username, password };
      const result = POST('/authenticate_user', { body, ...abortable(signal) });
      const challenge = challengeOf((await result).error, verify);
      if (!challenge) await dataOf(result);
      return challenge;
    },
    async logout(signal) {
      if (carrier.token === undefined) return;
      const result = POST('/logout', abortable(signal));
      if ((await result).response.status !== 401) await dataOf(result);
    },
    async renew(signal) {
      await dataOf(POST('/renew_token', abortable(signal)));
    },
    adopt: (token) => carrier.adopt(token),
    close: () => carrier.close(),
  };
}
