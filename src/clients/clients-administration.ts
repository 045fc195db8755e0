import { Injectable } from '@nestjs/common';
import { IsNull, LessThanOrEqual, Not, type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientEventType } from '../audit/security-event.entity.js';
import type { ClientInfo } from '../common/client-info.js';
import { isDuplicateKey } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import { invalidField } from '../problems/errors.js';
import { ClientChanges } from './client-changes.js';
import { hashOfSecret, isClientId, newClientId, newSecret } from './client-credentials.js';
import { clientNameFault } from './client-name.js';
import { ClientSecret } from './client-secret.entity.js';
import { Client } from './client.entity.js';
import { joinScopes, scopesFault } from './scopes.js';

/** The secrets of a client at the most, those included that still work because of an overlap. */
export const MAX_SECRETS = 20;

/** What a client is registered with. */
export interface NewClient {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly introspects: boolean;
}

/** A client and its new secret, which is told this once. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly secret: string;
}

/** Why a client gets no new secret: it was deleted meanwhile, or has so many that work that it may have no more. */
export type RotationRefusal = 'deleted' | 'too-many-secrets';

/**
 * What an operator does to clients. What ends a client's secrets or tokens resolves once no instance accepts them any
 * more; after a `service-unavailable` it may have happened, and repeating it is safe and first finishes it. Every
 * method throws DomainError `service-unavailable`.
 */
@Injectable()
export class ClientsAdministration {
  constructor(
    private readonly database: Database,
    private readonly changes: ClientChanges,
    private readonly audit: AuditService,
  ) {}

  /** All clients, by their names. */
  async list(): Promise<Client[]> {
    return this.database.read((manager) =>
      manager.find(Client, { where: { deletedAtMs: IsNull() }, order: { name: 'ASC' } }),
    );
  }

  /**
   * The client of an id or a name. A deletion that was cut off is finished first, and of an id that has no row the
   * store hears that: it may know the client from before the database was restored.
   * @returns undefined if there is none
   */
  async find(idOrName: string): Promise<Client | undefined> {
    const where = isClientId(idOrName) ? { clientId: idOrName } : { name: idOrName };
    const client = await this.database.read((manager) => manager.findOneBy(Client, where));
    if (client && client.deletedAtMs === null) return client;
    if (client) await this.changes.finish(client.clientId);
    else if (isClientId(idOrName)) await this.changes.finish(idOrName);
    return undefined;
  }

  /**
   * Registers a client.
   * @returns undefined if the name is taken
   * @throws DomainError `validation-failed`
   */
  async create(
    { name, scopes, introspects }: NewClient,
    operator: ClientInfo,
  ): Promise<ClientCredentials | undefined> {
    const nameFault = clientNameFault(name);
    if (nameFault !== undefined) throw invalidField('name', nameFault);
    const fault = scopesFault(scopes);
    if (fault !== undefined) throw invalidField('scopes', fault);
    if (await this.find(name)) return undefined;
    const clientId = newClientId();
    const now = { createdAtMs: Date.now() };
    const neverChanged = { disabledAtMs: null, deletedAtMs: null, untoldSinceMs: null };
    const row = {
      clientId,
      name,
      scopes: joinScopes(scopes),
      introspects,
      ...now,
      ...neverChanged,
    };
    try {
      return await this.database.write(async (manager) => {
        await manager.insert(Client, { ...row, version: 1, generation: 0 });
        await this.record(manager, 'client.created', clientId, operator);
        return { clientId, secret: await addSecret(manager, clientId) };
      });
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  /**
   * Gives a client a new secret.
   * @param overlapSeconds how long the present one goes on working; 0: every earlier secret is dead
   * @returns why it gets none, if that is so: then its secrets are as they were
   */
  async rotateSecret(
    { clientId }: Client,
    overlapSeconds: number,
    operator: ClientInfo,
  ): Promise<ClientCredentials | RotationRefusal> {
    const nowMs = Date.now();
    const rotated = await this.database.write<ClientCredentials | RotationRefusal>(
      async (manager) => {
        if (!(await this.change(manager, { clientId }, {}))) return 'deleted';
        await manager.delete(ClientSecret, {
          clientId,
          ...(overlapSeconds > 0 && { expiresAtMs: LessThanOrEqual(nowMs) }),
        });
        // Before the present secret gets its end: a refusal is no reason to undo the transaction.
        if ((await manager.countBy(ClientSecret, { clientId })) >= MAX_SECRETS) {
          return 'too-many-secrets';
        }
        const expiresAtMs = nowMs + overlapSeconds * 1000;
        await manager.update(ClientSecret, { clientId, expiresAtMs: IsNull() }, { expiresAtMs });
        await this.record(manager, 'client.secret_rotated', clientId, operator);
        return { clientId, secret: await addSecret(manager, clientId) };
      },
    );
    await this.changes.finish(clientId);
    return rotated;
  }

  /** Kills a client's tokens and refuses its secrets until it is enabled. @returns whether it was enabled before */
  async disable({ clientId }: Client, operator: ClientInfo): Promise<boolean> {
    const isChanged = await this.database.write(async (manager) => {
      const enabled = { clientId, disabledAtMs: IsNull() };
      const isDisabled = await this.change(manager, enabled, {
        disabledAtMs: Date.now(),
        generation: () => 'generation + 1',
      });
      if (isDisabled) await this.record(manager, 'client.disabled', clientId, operator);
      return isDisabled;
    });
    await this.changes.finish(clientId);
    return isChanged;
  }

  /** Lets a disabled client get tokens again. @returns whether it was disabled before */
  async enable({ clientId }: Client, operator: ClientInfo): Promise<boolean> {
    const isChanged = await this.database.write(async (manager) => {
      const disabled = { clientId, disabledAtMs: Not(IsNull()) };
      const isEnabled = await this.change(manager, disabled, { disabledAtMs: null });
      if (isEnabled) await this.record(manager, 'client.enabled', clientId, operator);
      return isEnabled;
    });
    await this.changes.finish(clientId);
    return isChanged;
  }

  /** Deletes a client with its secrets and tokens. Its id is never used again. */
  async delete({ clientId }: Client, operator: ClientInfo): Promise<void> {
    await this.database.write(async (manager) => {
      const isDeleted = await this.change(
        manager,
        { clientId },
        { deletedAtMs: Date.now(), generation: () => 'generation + 1' },
      );
      if (!isDeleted) return;
      await manager.delete(ClientSecret, { clientId });
      await this.record(manager, 'client.deleted', clientId, operator);
    });
    await this.changes.finish(clientId);
  }

  /** Changes the row of a client that was not deleted, and notes that the store has to hear of it. */
  private async change(
    manager: EntityManager,
    which: object,
    changes: Parameters<EntityManager['update']>[2],
  ): Promise<boolean> {
    const { affected } = await manager.update(
      Client,
      { ...which, deletedAtMs: IsNull() },
      { ...changes, version: () => 'version + 1', untoldSinceMs: Date.now() },
    );
    return affected === 1;
  }

  private async record(
    manager: EntityManager,
    type: ClientEventType,
    clientId: string,
    operator: ClientInfo,
  ): Promise<void> {
    await this.audit.record(manager, { type, clientId, client: operator });
  }
}

async function addSecret(manager: EntityManager, clientId: string): Promise<string> {
  const secret = newSecret();
  const row = { hash: hashOfSecret(secret), clientId, createdAtMs: Date.now(), expiresAtMs: null };
  await manager.insert(ClientSecret, row);
  return secret;
}
