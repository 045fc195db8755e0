import type { DomainError } from '../problems/errors.js';
import type { Factor, FactorTypeName, FactorUse } from './factor-rows.js';

/** Whose factor is to be made. */
export interface FactorOwner {
  readonly factorId: string;
  readonly userId: number;
  readonly username: string;
}

/** A factor that was begun. */
export interface BegunFactor {
  /** What its row keeps of it. */
  readonly kept: string;
  /** What its owner is told, this once. */
  readonly told: { readonly secret: string; readonly uri: string };
}

/** What a type of second factors does: one more of them is one more of these. */
export interface FactorType {
  readonly name: FactorTypeName;

  /** Whether this service can add factors of the type. */
  readonly isOffered: boolean;

  /** Makes the secret of a new factor. */
  begin(owner: FactorOwner): BegunFactor;

  /** Whether a text can be a code of such a factor. */
  isCode(text: string): boolean;

  /** What the code does to the factor if it is right; an error if that cannot be said. */
  match(factor: Factor, code: string): FactorUse | DomainError | undefined;
}
