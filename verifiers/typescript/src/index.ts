export type { Answer } from './answer.js';
export { GatehouseUnavailable } from './unavailable.js';
export { createVerifier, type Verifier, type VerifierOptions } from './verifier.js';
