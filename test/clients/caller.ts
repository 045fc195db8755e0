import {
  createGatehouseClient,
  type GatehouseClient,
  type GatehouseOptions,
  type GatehouseProblem,
} from '../../clients/typescript/src/index.js';
import type { Server } from '../support/server.js';
import { Wire } from './wire.js';

/** A client of the service, what it sent, and what it told. */
export interface Caller {
  client: GatehouseClient;
  wire: Wire;
  /** Every token it told of; undefined for none. */
  tokens: (string | undefined)[];
  /** Why the user has to log in again. */
  loggedOut: GatehouseProblem[];
}

const made: GatehouseClient[] = [];

afterAll(() => {
  for (const client of made) client.close();
});

export function callerOf({ url }: Server, options: Partial<GatehouseOptions> = {}): Caller {
  const wire = new Wire();
  const tokens: Caller['tokens'] = [];
  const loggedOut: GatehouseProblem[] = [];
  const client = createGatehouseClient({
    baseUrl: url,
    fetch: wire.fetch,
    onToken: (token) => tokens.push(token),
    onLoggedOut: (problem) => loggedOut.push(problem),
    ...options,
  });
  made.push(client);
  return { client, wire, tokens, loggedOut };
}

/** A caller that has logged in somebody new. */
export async function loggedIn(
  server: Server,
  options: Partial<GatehouseOptions> = {},
): Promise<Caller & { username: string; password: string; id: number }> {
  const account = await server.client.register();
  const caller = callerOf(server, options);
  await caller.client.login(account);
  return { ...account, ...caller };
}

/** The error of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('This should have failed');
    },
    (error: unknown) => error,
  );
}
