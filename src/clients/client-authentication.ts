import { Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import type { ClientInfo } from '../common/client-info.js';
import { logSecurityEvent } from '../common/security-log.js';
import { Metrics } from '../metrics/metrics.js';
import { hashOfSecret, isClientId } from './client-credentials.js';
import { ClientStore, type ClientState } from './client-store.js';

/** What is looked for in the place of a text that cannot be a client's id, so that it costs the same. */
const NO_CLIENT_ID = 'gtc_';

const NO_SECRET = Buffer.alloc(32);

/** A client that proved that it knows a secret of its own. */
export interface AuthenticatedClient {
  readonly client: ClientState;
  /** Of the secret that it proved. */
  readonly secretHash: string;
}

/**
 * Proves that a client is the one that it says it is, by its secret (RFC 6749 §2.3.1). A right secret is never refused
 * because of wrong ones: no one guesses 256 random bits, so there is no limit.
 */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly store: ClientStore,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The enabled client of an id and a secret. An unknown one and a wrong secret cost the same.
   * @returns undefined if there is none
   * @throws DomainError `service-unavailable`
   */
  async prove(
    clientId: string,
    secret: string,
    asker: ClientInfo,
  ): Promise<AuthenticatedClient | undefined> {
    const secretHash = hashOfSecret(secret);
    const isProved = (client: ClientState) => client.isEnabled && hasSecret(client, secretHash);
    const id = isClientId(clientId) ? clientId : NO_CLIENT_ID;
    const client = await this.store.findClient(id, isProved);
    // In the place of an unknown client's secrets.
    if (!client) isEqual(secretHash, NO_SECRET);
    if (client && isProved(client)) return { client, secretHash };
    this.noteFailure(client, asker);
    return undefined;
  }

  /** Tells of a request without the right credentials. @param client whose they are, if that is known */
  noteFailure(client: ClientState | undefined, asker: ClientInfo): void {
    this.metrics.clientAuthenticationFailure();
    const details = { clientId: client?.clientId, reason: client && reasonOf(client) };
    const line = { event: 'client.refused', outcome: 'failure', client: asker, details } as const;
    // As `access.refused`: anybody can cause any number of them.
    logSecurityEvent(line, 'info');
  }
}

function reasonOf({ isEnabled }: ClientState): string {
  return isEnabled ? 'wrong-secret' : 'disabled';
}

/** Compares all of them, whichever it is. */
function hasSecret({ secrets }: ClientState, secretHash: string): boolean {
  const nowMs = Date.now();
  const matching = secrets.filter(({ hash }) =>
    isEqual(secretHash, Buffer.from(hash, 'base64url')),
  );
  return matching.some(({ expiresAtMs }) => expiresAtMs === null || nowMs < expiresAtMs);
}

function isEqual(secretHash: string, known: Buffer): boolean {
  return timingSafeEqual(Buffer.from(secretHash, 'base64url'), known);
}
