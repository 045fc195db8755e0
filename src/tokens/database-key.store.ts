import { Injectable } from '@nestjs/common';
import { Batch } from '../database/batch.js';
import { KeyRows } from './key-rows.js';
import { KeyStore, liveKey, type KeyReference, type LiveKey } from './key-store.js';

/** The key store of a service without Redis: the rows themselves. */
@Injectable()
export class DatabaseKeyStore extends KeyStore {
  /** Callers that ask at the same time share one read, which begins after they asked. */
  private readonly finds = new Batch((asked: KeyReference[]) => this.findAll(asked));

  constructor(private readonly rows: KeyRows) {
    super();
  }

  override async find(reference: KeyReference): Promise<LiveKey | undefined> {
    return this.finds.add(reference);
  }

  /** Their rows say it already. */
  override kill(): Promise<void> {
    return Promise.resolve();
  }

  private async findAll(references: KeyReference[]): Promise<(LiveKey | undefined)[]> {
    const found = await this.rows.find([...new Set(references.map(({ hash }) => hash))]);
    return references.map(({ userId, hash }) => {
      const key = found.get(hash);
      return key?.userId === userId ? liveKey(key, key.user) : undefined;
    });
  }
}
