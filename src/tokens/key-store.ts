import { nowSeconds } from './clock.js';
import type { ApiKey } from './key-rows.js';
import type { UserFacts } from './user-facts.js';

/** Which key: whose it says that it is, and the hash of its text. */
export interface KeyReference {
  readonly userId: number;
  readonly hash: string;
}

/** A key that is live at this moment. */
export interface LiveKey extends Pick<ApiKey, 'id' | 'userId' | 'expiresAtSeconds'> {
  /** As the account has it now. */
  readonly username: string;
  /** Those of the key's that its user still has. */
  readonly roles: readonly string[];
}

/**
 * Which API keys are live. The rows are the truth about them: a store that lost its data reads them again, and one that
 * went back in time does not bring a deleted key back.
 *
 * All methods throw DomainError `service-unavailable` when the store cannot answer.
 */
export abstract class KeyStore {
  /** The live key, as asked on every request with one; undefined if it is not live. */
  abstract find(reference: KeyReference): Promise<LiveKey | undefined>;

  /**
   * Resolves once every instance refuses these keys of the user, whose rows say that they were deleted. Repeating it is
   * safe.
   */
  abstract kill(userId: number, hashes: readonly string[]): Promise<void>;
}

/** The key as it counts now; undefined if it has expired, or its user is disabled. */
export function liveKey(
  { id, userId, roles, expiresAtSeconds }: Omit<LiveKey, 'username'>,
  user: UserFacts,
): LiveKey | undefined {
  if (user.isDisabled) return undefined;
  if (expiresAtSeconds !== null && expiresAtSeconds <= nowSeconds()) return undefined;
  const present = new Set(user.roles);
  const { username } = user;
  return {
    id,
    userId,
    expiresAtSeconds,
    username,
    roles: roles.filter((role) => present.has(role)),
  };
}
