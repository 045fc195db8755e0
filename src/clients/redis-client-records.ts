import type { ClientState, ClientToken, ClientTokenReference } from './client-store.js';
import { joinScopes, splitScopes } from './scopes.js';

/** A copy of a client, in the order of the constants in `redis-client-scripts.ts`. */
export type ClientRecord = [
  version: number,
  generation: number,
  enabled: 0 | 1,
  stamp: string,
  secrets: [hash: string, expiresAtMs: number | null][],
  name: string,
  introspects: 0 | 1,
  scopes: string,
  /** When the row was read. */
  readAtMs: number,
];

/** A live token of a client. */
export type ClientTokenRecord = [
  generation: number,
  stamp: string,
  scopes: string,
  issuedAtSeconds: number,
  expiresAtSeconds: number,
];

/** The braces put all keys of a client into one slot of a cluster. */
export function clientPrefix(clientId: string): string {
  return `gatehouse:{${clientId}}:`;
}

export function toClientRecord(client: ClientState, stamp: string, readAtMs: number): ClientRecord {
  return [
    client.version,
    client.generation,
    client.isEnabled ? 1 : 0,
    stamp,
    client.secrets.map(({ hash, expiresAtMs }) => [hash, expiresAtMs]),
    client.name,
    client.introspects ? 1 : 0,
    joinScopes(client.scopes),
    readAtMs,
  ];
}

export function toClient(clientId: string, record: ClientRecord): ClientState {
  const [version, generation, enabled, , secrets, name, introspects, scopes] = record;
  return {
    clientId,
    name,
    version,
    generation,
    isEnabled: enabled === 1,
    introspects: introspects === 1,
    scopes: splitScopes(scopes),
    secrets: secrets.map(([hash, expiresAtMs]) => ({ hash, expiresAtMs })),
  };
}

export function toClientTokenRecord(token: ClientToken, stamp: string): ClientTokenRecord {
  const { generation, scopes, issuedAtSeconds, expiresAtSeconds } = token;
  return [generation, stamp, joinScopes(scopes), issuedAtSeconds, expiresAtSeconds];
}

export function toClientToken(
  { clientId, jti }: ClientTokenReference,
  [generation, , scopes, issuedAtSeconds, expiresAtSeconds]: ClientTokenRecord,
): ClientToken {
  return {
    ...{ clientId, jti, generation, issuedAtSeconds, expiresAtSeconds },
    scopes: splitScopes(scopes),
  };
}
