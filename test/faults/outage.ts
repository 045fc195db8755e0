import { type Account, type Answer, type Client, uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { ANSWER_LIMIT_MS, RECOVERY_LIMIT_MS } from './load-record.js';

type Login = Pick<Account, 'username' | 'password'>;

export const TEST_LIMIT_MS = 100_000;

/** Every kind of request that needs the store of the tokens. */
export function requestsOf(
  client: Client,
  token: string,
  account: Login,
): (() => Promise<Answer>)[] {
  return [
    () => client.get('/user', { bearer: token }),
    () => client.post('/validate_token', { bearer: token }),
    () => client.post('/renew_token', { bearer: token }),
    () => client.post('/logout', { bearer: token }),
    () => client.put('/user', { bearer: token, json: { username: uniqueName() } }),
    () => client.get('/api/token', { basic: `${token}:` }),
    () => client.post('/authenticate_user', { json: loginOf(account) }),
  ];
}

/** 503, and no later than promised. */
export async function expectPromptRefusal(request: Promise<Answer>): Promise<void> {
  const startedMs = performance.now();
  expect((await request).status).toBe(503);
  expect(performance.now() - startedMs).toBeLessThan(ANSWER_LIMIT_MS);
}

/** Waits until the service says of itself that it is ready (200) or not (503). */
export async function readiness(client: Client, status: number): Promise<void> {
  await eventually(async () => {
    expect((await client.get('/health/ready')).status).toBe(status);
  }, RECOVERY_LIMIT_MS);
}

export function loginOf({ username, password }: Login): Login {
  return { username, password };
}
