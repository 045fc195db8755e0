import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A secret, and whether it was encrypted under the newest key. */
export interface OpenedSecret {
  readonly secret: Buffer;
  readonly isNewest: boolean;
}

/**
 * Encrypts secrets for the database with AES-256-GCM, under keys that HKDF (RFC 5869) derives. Each is bound to its
 * place: in the row of another factor or account it cannot be opened.
 */
export class SecretBox {
  /** Newest first. */
  private readonly keys: readonly Buffer[];

  /** @param keys as the configuration has them, newest first */
  constructor(keys: readonly string[]) {
    this.keys = keys.map((key) =>
      Buffer.from(hkdfSync('sha256', key, '', 'gatehouse: secrets of second factors', KEY_BYTES)),
    );
  }

  /** Whether there is a key that encrypts. */
  get canSeal(): boolean {
    return this.keys.length > 0;
  }

  /** @param place names the one row in which it can be opened */
  seal(secret: Uint8Array, place: string): string {
    const [key] = this.keys;
    if (!key) throw new Error('A secret was to be encrypted without a key');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(place));
    const encrypted = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([nonce, encrypted, cipher.getAuthTag()]).toString('base64url');
  }

  /** Undefined if none of the keys opens it here. */
  open(sealed: string, place: string): OpenedSecret | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    for (const [index, key] of this.keys.entries()) {
      const secret = opened(bytes, key, place);
      if (secret) return { secret, isNewest: index === 0 };
    }
    return undefined;
  }
}

function opened(bytes: Buffer, key: Buffer, place: string): Buffer | undefined {
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), options)
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const encrypted = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
  try {
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch {
    return undefined;
  }
}
