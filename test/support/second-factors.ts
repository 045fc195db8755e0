import type { Account, Answer, Client } from './client.js';
import { Authenticator } from './totp.js';

const STEP_MS = 30_000;

/** A person's authenticator app, with one factor in it. */
export class FactorApp extends Authenticator {
  constructor(
    readonly id: string,
    readonly secret: string,
  ) {
    super(secret);
  }

  /** A code that was not used before: there are two at each time, so that none is too old when it arrives. */
  override next(): string {
    const present = Math.floor(Date.now() / STEP_MS);
    this.step = Math.max(present, this.step + 1);
    if (this.step > present + 1) throw new Error('A third code at once: use a recovery code');
    return this.at(this.step);
  }

  /** A code that is not right, now or soon. */
  wrong(): string {
    const present = Math.floor(Date.now() / STEP_MS);
    const right = [-2, -1, 0, 1, 2].map((steps) => this.at(present + steps));
    for (let code = 0; ; code += 1) {
      const text = String(code).padStart(6, '0');
      if (!right.includes(text)) return text;
    }
  }
}

/** Begins to add a factor. */
export function beginFactor(
  client: Client,
  bearer: string,
  wanted: Record<string, unknown>,
): Promise<Answer> {
  return client.post('/user/factors', { bearer, json: { type: 'totp', ...wanted } });
}

/** Confirms a factor. */
export function confirmFactor(
  client: Client,
  bearer: string,
  id: string,
  code: string,
): Promise<Answer> {
  return client.put(`/user/factors/${id}`, { bearer, json: { code } });
}

/** Begins to add a factor, successfully. */
export async function begunFactor(
  client: Client,
  bearer: string,
  { password: current_password }: Pick<Account, 'password'>,
  wanted: Record<string, unknown> = {},
): Promise<FactorApp> {
  const answer = await beginFactor(client, bearer, { current_password, ...wanted });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  const { id, secret } = answer.body as { id: string; secret: string };
  return new FactorApp(id, secret);
}

/** Somebody with a second factor, of which one code is used. */
export interface FactorOwner extends Account {
  readonly token: string;
  readonly app: FactorApp;
  readonly recoveryCodes: string[];
}

/** Somebody new with a second factor. */
export async function newFactorOwner(client: Client): Promise<FactorOwner> {
  const account = await client.newSession();
  return { ...account, ...(await addFactor(client, account.token, account)) };
}

/** Gives somebody a factor, beside which there may be others. */
export async function addFactor(
  client: Client,
  bearer: string,
  account: Pick<Account, 'password'>,
  wanted: Record<string, unknown> = {},
): Promise<{ app: FactorApp; recoveryCodes: string[] }> {
  const app = await begunFactor(client, bearer, account, wanted);
  const { status, body } = await confirmFactor(client, bearer, app.id, app.next());
  expect([status, body.message]).toEqual([200, 'Second factor added']);
  return { app, recoveryCodes: (body.recovery_codes as string[] | undefined) ?? [] };
}

/** The answer to a log-in with the right password. */
export function logIn(
  client: Client,
  { username, password }: Pick<Account, 'username' | 'password'>,
): Promise<Answer> {
  return client.post('/authenticate_user', { json: { username, password } });
}

/** The challenge of a log-in. */
export async function challengeOf(
  client: Client,
  account: Pick<Account, 'username' | 'password'>,
): Promise<string> {
  const { status, body } = await logIn(client, account);
  expect([status, body.type]).toEqual([401, '/problems/second-factor-required']);
  return body.challenge as string;
}

/** Answers a challenge. */
export function answer(client: Client, challenge: string, code: string): Promise<Answer> {
  return client.post('/authenticate_user/verify', { json: { challenge, code } });
}

/** Logs in with both, successfully; the token. */
export async function logInWithBoth(
  client: Client,
  account: Pick<Account, 'username' | 'password'>,
  code: string,
): Promise<string> {
  const { status, body } = await answer(client, await challengeOf(client, account), code);
  expect([status, body]).toEqual([
    200,
    { token: expect.any(String), duration: expect.any(Number) },
  ]);
  return body.token as string;
}

/** The types of somebody's events, newest first. */
export async function eventsOf(client: Client, bearer: string): Promise<string[]> {
  const { body } = await client.get('/user/events?limit=100', { bearer });
  return (body.events as { type: string }[]).map(({ type }) => type);
}
