import type { Answer, Client } from './client.js';

/** What an API key is told to its owner as, once. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** Makes a key, successfully. */
export async function newKey(
  client: Client,
  bearer: string,
  wanted: object = {},
): Promise<MadeKey> {
  const answer = await makeKey(client, bearer, wanted);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body as MadeKey;
}

export function makeKey(client: Client, bearer: string, wanted: object = {}): Promise<Answer> {
  return client.post('/user/keys', { bearer, json: { name: 'a program', ...wanted } });
}

/** Deletes a key, successfully. */
export async function deleteKey(client: Client, bearer: string, id: string): Promise<void> {
  const { status, body } = await client.delete(`/user/keys/${id}`, { bearer });
  expect([status, body]).toEqual([200, { message: 'API key deleted' }]);
}

/** A key of somebody new, with a token of the same account. */
export async function newKeyOwner(client: Client, wanted: object = {}) {
  const { token, ...account } = await client.newSession();
  return { account, token, ...(await newKey(client, token, wanted)) };
}
