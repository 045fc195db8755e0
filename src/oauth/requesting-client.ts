import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseBasic } from '../auth/basic-credentials.js';
import {
  ClientAuthentication,
  type AuthenticatedClient,
} from '../clients/client-authentication.js';
import { clientInfoOf } from '../common/client-info.js';
import { decodeFormText, formOf } from './form-parameters.js';
import { invalidClient, invalidRequest, OAuthError } from './oauth-error.js';

/** What a client sends to prove who it is. */
interface Credentials {
  readonly clientId: string;
  readonly secret: string;
}

/** Says which client makes a request, by `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1). */
@Injectable()
export class RequestingClient {
  constructor(private readonly authentication: ClientAuthentication) {}

  /**
   * The client.
   * @throws OAuthError `invalid_client`, or `invalid_request` for credentials in two places;
   *   DomainError `service-unavailable`
   */
  async prove(request: FastifyRequest): Promise<AuthenticatedClient> {
    const place = placeOf(request);
    const credentials = place === 'header' ? inHeader(request) : inBody(request);
    const asker = clientInfoOf(request);
    if (!credentials) {
      this.authentication.noteFailure(undefined, asker);
      throw invalidClient(place);
    }
    const { clientId, secret } = credentials;
    const proved = await this.authentication.prove(clientId, secret, asker);
    if (!proved) throw invalidClient(place);
    return proved;
  }

  /**
   * The client, which may introspect: `--introspect` was given when it was registered.
   * @throws what `prove` throws, and OAuthError `insufficient_scope`
   */
  async proveVerifier(request: FastifyRequest): Promise<AuthenticatedClient> {
    const proved = await this.prove(request);
    if (!proved.client.introspects) {
      throw new OAuthError('insufficient_scope', 'The client was registered without --introspect');
    }
    return proved;
  }

  /** The answer to a client that was proved, and has been disabled, deleted or given another secret since. */
  refusalOf(request: FastifyRequest): OAuthError {
    this.authentication.noteFailure(undefined, clientInfoOf(request));
    return invalidClient(placeOf(request));
  }
}

/** @throws OAuthError `invalid_request` if there are credentials in two places (RFC 6749 §2.3) */
function placeOf(request: FastifyRequest): 'header' | 'body' | 'none' {
  const hasSecret = formOf(request).get('client_secret') !== undefined;
  if (request.headers.authorization === undefined) return hasSecret ? 'body' : 'none';
  if (hasSecret) {
    throw invalidRequest(
      'Send the client_secret in the Authorization header or in the body, not in both',
    );
  }
  return 'header';
}

/** Those of HTTP Basic, each form-encoded; undefined if they cannot be read. */
function inHeader(request: FastifyRequest): Credentials | undefined {
  const basic = parseBasic(request.headers.authorization);
  const clientId = basic && decodeFormText(basic.username);
  const secret = basic && decodeFormText(basic.password);
  if (clientId === undefined || secret === undefined) return undefined;
  const named = formOf(request).get('client_id');
  if (named !== undefined && named !== clientId) {
    throw invalidRequest('The client_id in the body is not the one in the Authorization header');
  }
  return { clientId, secret };
}

/** @throws OAuthError `invalid_request` for a secret of nobody's */
function inBody(request: FastifyRequest): Credentials | undefined {
  const form = formOf(request);
  const secret = form.get('client_secret');
  return secret === undefined ? undefined : { clientId: form.require('client_id'), secret };
}
