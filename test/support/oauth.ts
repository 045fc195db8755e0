import { gatehouseJson, type CommandPlace } from './cli.js';
import { uniqueName, type Answer, type Client } from './client.js';

/** A client as it was registered. */
export interface RegisteredClient {
  client_id: string;
  client_secret: string;
  name: string;
}

/** Registers a client by the command line. */
export async function registerClient(
  place: CommandPlace,
  options: string[] = [],
): Promise<RegisteredClient> {
  const words = ['clients', 'create', uniqueName('client'), ...options];
  const [client] = await gatehouseJson<RegisteredClient>(place, words);
  return client!;
}

/** Registers a client that may introspect. */
export function registerVerifier(place: CommandPlace): Promise<RegisteredClient> {
  return registerClient(place, ['--introspect']);
}

/** A client's credentials for HTTP Basic. */
export function basicOf({ client_id, client_secret }: RegisteredClient): string {
  return `${client_id}:${client_secret}`;
}

/** Asks for a token. */
export function askForToken(
  client: Client,
  registered: RegisteredClient,
  form: Record<string, string> = {},
): Promise<Answer> {
  return client.post('/oauth/token', {
    basic: basicOf(registered),
    form: { grant_type: 'client_credentials', ...form },
  });
}

/** A token of a client. */
export async function clientToken(
  client: Client,
  registered: RegisteredClient,
  form?: Record<string, string>,
): Promise<string> {
  const { status, text, body } = await askForToken(client, registered, form);
  expect([status, text]).toEqual([200, expect.any(String)]);
  return body.access_token as string;
}

/** Asks about a token. */
export function introspect(
  client: Client,
  verifier: RegisteredClient,
  token: string,
): Promise<Answer> {
  return client.post('/oauth/introspect', { basic: basicOf(verifier), form: { token } });
}

/** Asks for the end of a token. */
export function revoke(
  client: Client,
  registered: RegisteredClient,
  token: string,
): Promise<Answer> {
  return client.post('/oauth/revoke', { basic: basicOf(registered), form: { token } });
}
