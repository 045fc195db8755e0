import type { Env } from '../config/env.js';
import { nowSeconds } from './clock.js';
import { randomId } from '../common/random-id.js';
import type { Successor } from './revocation-store.js';

/** A token that would come next from now on. */
export function newSuccessor(env: Env): Successor {
  return { jti: randomId(), issuedAtSeconds: nowSeconds(), lifetimeSeconds: env.TOKEN_TTL };
}
