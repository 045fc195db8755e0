import { Injectable } from '@nestjs/common';
import type { ClientInfo } from '../common/client-info.js';
import type { KeyPrincipal } from '../common/principal.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../problems/errors.js';
import { keyHash, parseKeyText } from './api-key-text.js';
import { KeyStore, type LiveKey } from './key-store.js';
import { KeyUse } from './key-use.js';

/** Says whose API key a text is. */
@Injectable()
export class KeyCheck {
  constructor(
    private readonly store: KeyStore,
    private readonly use: KeyUse,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The check of every request with a key: live at this moment.
   * @throws DomainError `token-invalid`, or `service-unavailable` if the store cannot say
   */
  async authenticate(text: string, client: ClientInfo): Promise<KeyPrincipal> {
    const found = await this.find(text);
    this.metrics.keyCheck(found ? 'accepted' : 'refused');
    if (!found) throw new DomainError('token-invalid');
    this.use.note(found);
    const { id, userId, username, roles, expiresAtSeconds } = found;
    return { kind: 'key', client, userId, username, roles, key: { id, text, expiresAtSeconds } };
  }

  /**
   * The live key of this text; undefined if it is none. Nothing is noted of it: for those who only ask about a key that
   * somebody else was given, such as introspection (RFC 7662).
   * @throws DomainError `service-unavailable`
   */
  async find(text: string): Promise<LiveKey | undefined> {
    const parsed = parseKeyText(text);
    return parsed && this.store.find({ userId: parsed.userId, hash: keyHash(text) });
  }
}
