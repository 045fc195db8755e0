import { retryAfterSeconds } from './retry-after.js';
import type { components } from './schema.js';

export type FieldError = components['schemas']['FieldErrorDto'];

/** An answer that is an error, as the service explains it (RFC 9457). */
export class GatehouseProblem extends Error {
  override readonly name = 'GatehouseProblem';

  private constructor(
    /** The status of the answer. */
    readonly status: number,
    /** Which problem it is, such as `/problems/username-taken`; `about:blank` if no more is known. */
    readonly type: string,
    /** What went wrong, in words for people. */
    readonly detail: string,
    /** The refused fields, each with the reason. */
    readonly errors: readonly FieldError[],
    /** Seconds after which to try again, if the answer says so: 429 and 503. */
    readonly retryAfterSeconds: number | undefined,
    /** Under which the service's log has the request. */
    readonly requestId: string | undefined,
  ) {
    super(detail);
  }

  /** @param body what the answer carried, parsed; a proxy's page is no problem document, and is left out */
  static of(answer: Response, body: unknown): GatehouseProblem {
    const { type, detail, errors } = (typeof body === 'object' ? (body ?? {}) : {}) as Partial<
      components['schemas']['ProblemDto']
    >;
    return new GatehouseProblem(
      answer.status,
      type ?? 'about:blank',
      detail ?? `The answer was ${answer.status} ${answer.statusText}`.trimEnd(),
      errors ?? [],
      retryAfterSeconds(answer),
      answer.headers.get('X-Request-Id') ?? undefined,
    );
  }
}

/** What `GET`, `POST`, `PUT` and `DELETE` resolve with. */
interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer: `await dataOf(client.GET('/user'))`. @throws GatehouseProblem */
export async function dataOf<T>(result: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await result;
  if (!response.ok) throw GatehouseProblem.of(response, error);
  return data as T;
}
