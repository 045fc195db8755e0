import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimsOf, type Answer, type Client } from './client.js';

/** A signing key for services whose tokens a test forges. */
export const TEST_KEY = 'Tq3vR8yLw2ZkN6pXs9BdHf4JmC7gUa5E';

export interface Forgery {
  /** Over the header that the service writes. */
  header?: Record<string, unknown>;
  /** Over the claims of the genuine token; undefined leaves one out. */
  claims?: Record<string, unknown>;
  key?: string;
  hash?: 'sha256' | 'sha384' | 'sha512';
}

/** A token like the genuine one, but for what the forger changes. */
export function forge(genuine: string, forgery: Forgery = {}): string {
  const { header, claims, key = TEST_KEY, hash = 'sha256' } = forgery;
  const signed = [
    { alg: 'HS256', typ: 'at+jwt', ...header },
    { ...claimsOf(genuine), ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

/** The second that JWT dates count. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Resolves once the clock shows this second. */
export async function untilSecond(second: number): Promise<void> {
  await sleep(Math.max(0, second * 1000 - Date.now()) + 20);
}

/** A token's claims that are dates. */
export function datesOf(token: string): { iat: number; exp: number; authTime: number } {
  const { iat, exp, auth_time } = claimsOf(token);
  return { iat: Number(iat), exp: Number(exp), authTime: Number(auth_time) };
}

/** The first second at which less than half of a token's life is left. */
export function pastHalfLife(token: string): number {
  const { iat, exp } = datesOf(token);
  return Math.floor((iat + exp) / 2) + 1;
}

/** What so many callers get who ask at once. */
export function atOnce<T>(count: number, ask: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
}

export interface GuardedRoute {
  method: string;
  path: string;
  /** How the token travels there. */
  carrier: 'bearer' | 'body' | 'basic';
  json?: object;
}

/** Every route that asks for a token, in every way that it takes one. */
export const GUARDED_ROUTES: readonly GuardedRoute[] = [
  { method: 'GET', path: '/user', carrier: 'bearer' },
  { method: 'PUT', path: '/user', carrier: 'bearer', json: { username: 'mallory' } },
  { method: 'DELETE', path: '/user', carrier: 'bearer' },
  { method: 'POST', path: '/validate_token', carrier: 'bearer' },
  { method: 'POST', path: '/validate_token', carrier: 'body' },
  { method: 'POST', path: '/renew_token', carrier: 'bearer' },
  { method: 'POST', path: '/renew_token', carrier: 'body' },
  { method: 'POST', path: '/logout', carrier: 'bearer' },
  { method: 'POST', path: '/logout', carrier: 'body' },
  { method: 'GET', path: '/user/sessions', carrier: 'bearer' },
  { method: 'DELETE', path: '/user/sessions', carrier: 'bearer' },
  { method: 'DELETE', path: '/user/sessions/any', carrier: 'bearer' },
  { method: 'GET', path: '/user/events', carrier: 'bearer' },
  { method: 'GET', path: '/auth/verify', carrier: 'bearer' },
  { method: 'GET', path: '/api/token', carrier: 'basic' },
  { method: 'GET', path: '/api/resource', carrier: 'basic' },
];

/** Sends a request with the token where the route expects it. */
export function present(client: Client, route: GuardedRoute, token: string): Promise<Answer> {
  const { method, path, carrier, json } = route;
  switch (carrier) {
    case 'bearer':
      return client.request(method, path, { bearer: token, json });
    case 'body':
      return client.request(method, path, { json: { token } });
    case 'basic':
      return client.request(method, path, { basic: `${token}:` });
  }
}

/** Hard renewal. */
export function renew(client: Client, token: string): Promise<Answer> {
  return client.post('/renew_token', { bearer: token });
}

/** Hard renewal that succeeds; the token it gave. */
export async function renewed(client: Client, token: string): Promise<string> {
  const { status, body } = await renew(client, token);
  expect(status).toBe(200);
  return body.token as string;
}

/** Logs out, successfully. */
export async function logOut(client: Client, token: string): Promise<void> {
  expect((await client.post('/logout', { bearer: token })).status).toBe(200);
}
