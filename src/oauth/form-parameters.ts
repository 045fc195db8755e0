import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { invalidRequest } from './oauth-error.js';

/** Those that mean something here; others are ignored (RFC 6749 §3.2). */
const KNOWN = ['grant_type', 'scope', 'token', 'client_id', 'client_secret'] as const;

export type ParameterName = (typeof KNOWN)[number];

/** The parameters of a form (RFC 6749 §3.2, appendix B). An empty one counts as one that was not sent. */
export class FormParameters {
  private constructor(private readonly values: ReadonlyMap<string, string>) {}

  /**
   * Reads a body of `application/x-www-form-urlencoded`.
   * @throws OAuthError `invalid_request` if it cannot be decoded, or has a parameter twice that is known here
   */
  static parse(text: string): FormParameters {
    const values = new Map<string, string>();
    for (const pair of text.split('&')) {
      const [, name = '', value = ''] = /^([^=]*)=?([^]*)$/.exec(pair) ?? [];
      const decoded = { name: decodeFormText(name), value: decodeFormText(value) };
      if (decoded.name === undefined || decoded.value === undefined) {
        throw invalidRequest('The body is not a form in UTF-8 with percent-encoding');
      }
      if (!isKnown(decoded.name)) continue;
      if (values.has(decoded.name)) throw invalidRequest(`${decoded.name} is repeated`);
      values.set(decoded.name, decoded.value);
    }
    return new FormParameters(values);
  }

  /** The parameter; undefined if it is missing or empty. */
  get(name: ParameterName): string | undefined {
    return this.values.get(name) || undefined;
  }

  /** The parameter. @throws OAuthError `invalid_request` if it is missing or empty */
  require(name: ParameterName): string {
    const value = this.get(name);
    if (value === undefined) throw invalidRequest(`${name} is missing`);
    return value;
  }
}

/** The text behind form-encoding (WHATWG URL §5.1), strictly; undefined if it cannot be decoded. */
export function decodeFormText(text: string): string | undefined {
  // Most texts are as they are, and long.
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function isKnown(name: string): name is ParameterName {
  return KNOWN.some((known) => known === name);
}

/** The form of the request that is served. */
export const Form = createParamDecorator((_: unknown, context: ExecutionContext) =>
  formOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The form of a request; one without parameters if it has no body. */
export function formOf({ body }: FastifyRequest): FormParameters {
  return body instanceof FormParameters ? body : FormParameters.parse('');
}
