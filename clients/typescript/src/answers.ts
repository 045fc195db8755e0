import { GatehouseProblem } from './problem.js';

/** An answer that is here to its end: a copy for each caller that asks. */
export type SharedAnswer = () => Response;

/** @throws if the answer breaks off */
export async function shared(answer: Response): Promise<SharedAnswer> {
  const { status, statusText, headers } = answer;
  const text = await answer.text();
  return () => new Response(text === '' ? null : text, { status, statusText, headers });
}

/** Whether the token of the request was not accepted, and will not be again. */
export function refusesToken({ status, headers }: Response): boolean {
  return status === 401 && /\berror="invalid_token"/.test(headers.get('WWW-Authenticate') ?? '');
}

/** The token and its `duration` in the body of an answer, as far as they are there. */
export async function tokenIn(answer: Response): Promise<{ token?: string; duration?: number }> {
  const { token, duration } = fieldsOf(await answer.clone().text());
  return {
    ...(typeof token === 'string' && { token }),
    ...(typeof duration === 'number' && { duration }),
  };
}

export async function problemIn(answer: Response): Promise<GatehouseProblem> {
  return GatehouseProblem.of(answer, fieldsOf(await answer.text()));
}

/** The fields of a JSON object; none if the text is something else. */
export function fieldsOf(text: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    return {};
  }
}
