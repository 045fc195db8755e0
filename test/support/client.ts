import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { expectDocumented } from './openapi.js';

export interface RequestOptions {
  /** Sent as application/json. */
  json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string> | string;
  /** Sent as it is. */
  body?: string | Uint8Array;
  bearer?: string;
  /** `username:password` or `token:`, sent as HTTP Basic. */
  basic?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // Tests look into answers of every shape and assert what they find there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any shape, see above
  body: any;
}

export interface Account {
  id: number;
  username: string;
  password: string;
}

const FORM = 'application/x-www-form-urlencoded';

/** Where answers have the form of RFC 6749. */
const OAUTH = /^\/(?:oauth|\.well-known\/oauth-authorization-server)(?:[/?]|$)/;

function bodyOf({ json, form, body }: RequestOptions): string | Uint8Array | undefined {
  if (json !== undefined) return JSON.stringify(json);
  return form === undefined || typeof form === 'string'
    ? (form ?? body)
    : new URLSearchParams(form).toString();
}

/** A user name that no other test has. */
export function uniqueName(prefix = 'user'): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Record<string, number | string> {
  const payload = token.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
    string,
    number | string
  >;
}

/** Speaks to a running service, and holds each of its answers against the rules that all must keep. */
export class Client {
  // What a test sets up in masses would else wait for more than the 5 s that a log-in may, on a slow machine.
  private readonly preparation = pLimit(10);

  constructor(private readonly url: string) {}

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const headers: Record<string, string> = { ...options.headers };
    if (options.json !== undefined) headers['content-type'] ??= 'application/json';
    if (options.bearer !== undefined) headers.authorization = `Bearer ${options.bearer}`;
    if (options.basic !== undefined) {
      headers.authorization = `Basic ${Buffer.from(options.basic).toString('base64')}`;
    }
    if (options.form !== undefined) headers['content-type'] ??= FORM;
    const body = bodyOf(options);
    const { text, ...head } = await this.exchange(this.url + path, method, headers, body);
    const isJson = /\bjson\b/.test(head.headers.get('content-type') ?? '') && text !== '';
    const answer: Answer = {
      ...head,
      text,
      body: isJson ? (JSON.parse(text) as unknown) : undefined,
    };
    expectProper(method, path, answer);
    return answer;
  }

  /** Sends a request and reads its answer. */
  protected async exchange(
    url: string,
    method: string,
    headers: Record<string, string>,
    body: string | Uint8Array | undefined,
  ): Promise<Omit<Answer, 'body'>> {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      ...(body !== undefined && { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('GET', path, options);
  }

  post(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('POST', path, options);
  }

  put(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('PUT', path, options);
  }

  delete(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('DELETE', path, options);
  }

  /** Registers somebody new. */
  async register(overrides: Partial<Account> = {}): Promise<Account> {
    const account = { username: uniqueName(), password: 'correct horse', ...overrides };
    const { username, password } = account;
    const answer = await this.preparation(() =>
      this.post('/api/users', { json: { username, password } }),
    );
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    const id = Number(answer.headers.get('location')?.split('/').at(-1));
    return { ...account, id };
  }

  /** Logs in and returns the token. */
  async login({ username, password }: Pick<Account, 'username' | 'password'>): Promise<string> {
    const answer = await this.preparation(() =>
      this.post('/authenticate_user', { json: { username, password } }),
    );
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    return answer.body.token as string;
  }

  /** Registers somebody new and logs in. */
  async newSession(overrides: Partial<Account> = {}): Promise<Account & { token: string }> {
    const account = await this.register(overrides);
    return { ...account, token: await this.login(account) };
  }

  /** Whether a token is accepted at this moment. */
  async accepts(token: string): Promise<boolean> {
    const { status } = await this.get('/user', { bearer: token });
    expect([200, 401]).toContain(status);
    return status === 200;
  }
}

/** Holds an answer against what every answer keeps to, and against the description of the interface. */
export function expectProper(method: string, path: string, answer: Answer): void {
  expectGoodManners(method, path, answer);
  // What is refused before its route is known is described with the routes that are not OAuth's.
  if (OAUTH.test(path) && !isRouted(answer)) return;
  expectDocumented(method, path, answer);
}

/** The very largest headers are refused before anybody knows the route. */
function isRouted({ status, headers }: Pick<Answer, 'status' | 'headers'>): boolean {
  return status !== 431 || !headers.get('content-type')?.startsWith('application/problem+json');
}

/** What holds for every answer: the manners of errors, challenges, ids and caching. */
function expectGoodManners(
  method: string,
  path: string,
  { status, headers, body, text }: Answer,
): void {
  expect(headers.get('x-request-id')).toMatch(/^[\w.:-]+$/);
  expect(status).not.toBe(500);
  if (text !== '') expect(headers.get('content-type')).toMatch(/; ?charset=utf-8$/);
  if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^(Basic|Bearer) realm="/);
  if (status === 405) expect(headers.get('allow')).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
  if ([429, 503].includes(status)) expect(headers.get('retry-after')).toMatch(/^\d+$/);
  if (status < 400 || method === 'HEAD') return;
  if (OAUTH.test(path) && isRouted({ status, headers })) {
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
    });
  } else {
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toMatchObject({
      type: expect.stringMatching(/^\/problems\/[a-z-]+$/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
    });
  }
}
