import type { Answer } from './answer.js';
import { GatehouseUnavailable } from './unavailable.js';
import type { Verifier } from './verifier.js';

/** Who gets in. Without any: each person with a live token or API key, and no client. */
export interface Requirements {
  /** Of a person: one of them. */
  readonly roles?: readonly string[];
  /** Of a client's token: all of them. */
  readonly scopes?: readonly string[];
  /** Whether clients' tokens get in without a scope. */
  readonly clients?: boolean;
  /** What the challenge calls your API: `api`. */
  readonly realm?: string;
}

/** What to answer instead, with the challenge of RFC 6750 §3. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 9457. */
  readonly body: { readonly title: string; readonly status: number; readonly detail: string };
}

const TITLES = { 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' } as const;

const SCHEME = /^Bearer /i;

/** Only what may stand in a quoted string, so that no option can end it. */
const QUOTABLE = /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/;

/** @throws TypeError if a list is empty, or a word cannot stand in a challenge */
export function checkRequirements({ realm, roles, scopes }: Requirements): void {
  if (roles?.length === 0 || scopes?.length === 0) {
    throw new TypeError('roles and scopes name at least one, or are left out');
  }
  for (const word of [...(realm === undefined ? [] : [realm]), ...(scopes ?? [])]) {
    if (!QUOTABLE.test(word)) throw new TypeError(`"${word}" cannot stand in WWW-Authenticate`);
  }
}

/**
 * Decides on a request by its `Authorization` header.
 * @throws what `verify` throws, but for GatehouseUnavailable, which is a refusal with 503
 */
export async function decide(
  verifier: Verifier,
  authorization: string | undefined,
  requirements: Requirements,
): Promise<{ answer: Answer } | { refusal: Refusal }> {
  const challenge = `Bearer realm="${requirements.realm ?? 'api'}"`;
  if (!authorization || !SCHEME.test(authorization)) {
    return refused(401, 'A Bearer token is required', challenge);
  }
  let answer: Answer | undefined;
  try {
    answer = await verifier.verify(authorization.replace(SCHEME, '').trim());
  } catch (error) {
    if (!(error instanceof GatehouseUnavailable)) throw error;
    return unavailable(error);
  }
  if (!answer) {
    const detail = 'The token is not valid';
    const error = `error="invalid_token", error_description="${detail}"`;
    return refused(401, detail, `${challenge}, ${error}`);
  }
  if (meets(answer, requirements)) return { answer };
  const scope = requirements.scopes ? `, scope="${requirements.scopes.join(' ')}"` : '';
  const detail = 'The token does not give access to this';
  return refused(403, detail, `${challenge}, error="insufficient_scope"${scope}`);
}

/** Roles are asked of persons and scopes of clients: no token has both. */
function meets(answer: Answer, { roles, scopes, clients }: Requirements): boolean {
  if (isOfClient(answer)) {
    if (!scopes) return clients === true;
    const given = answer.scope?.split(' ') ?? [];
    return scopes.every((scope) => given.includes(scope));
  }
  if (!roles) return !scopes;
  return roles.some((role) => answer.roles?.includes(role));
}

function isOfClient({ sub, client_id: clientId }: Answer): boolean {
  return sub === undefined || sub === clientId;
}

function refused(status: 401 | 403, detail: string, challenge: string): { refusal: Refusal } {
  return { refusal: refusalOf(status, detail, { 'WWW-Authenticate': challenge }) };
}

function unavailable({ retryAfterSeconds }: GatehouseUnavailable): { refusal: Refusal } {
  const headers = { 'Retry-After': String(retryAfterSeconds) };
  return { refusal: refusalOf(503, 'The token cannot be checked at the moment', headers) };
}

function refusalOf(
  status: Refusal['status'],
  detail: string,
  headers: Refusal['headers'],
): Refusal {
  return { status, headers, body: { title: TITLES[status], status, detail } };
}

const ANSWER = Symbol('gatehouse');

/** Notes who makes a request. */
export function admit(request: object, answer: Answer): void {
  (request as { [ANSWER]?: Answer })[ANSWER] = answer;
}

/** Whose token it is: the answer of a request that the guard let in. @throws Error if none did */
export function answerOf(request: object): Answer {
  const answer = (request as { [ANSWER]?: Answer })[ANSWER];
  if (!answer) throw new Error('No guard of Gatehouse stands before this route');
  return answer;
}
