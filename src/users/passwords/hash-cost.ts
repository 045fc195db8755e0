import { availableParallelism } from 'node:os';

/** What one hash may take: about a second on a usual machine, and memory that a container has. */
const MAX_PBKDF2_ITERATIONS = 4_000_000;
const MAX_BCRYPT_COST = 14;
const MAX_ARGON2_KIB_PASSES = 1024 * 1024;
const MAX_ARGON2_KIB = 128 * 1024;

/** The service's own hashes take so much, and are computed wherever it runs. */
const OWN_ARGON2_KIB = 19 * 1024;

/** The share of a container's memory that hashes may take, with one computed on each core. */
const SHARE_OF_CONTAINER = 1 / 4;

/**
 * The memory that one Argon2id hash may take, in KiB: 128 MiB; in a container no more than a quarter of
 * its memory, divided by the cores; never less than the service's own hashes take.
 * @param containerBytes what the container may have; 0 or more than the machine has if it has no limit
 */
export function maxArgon2Kib(containerBytes: number, cores: number): number {
  if (containerBytes <= 0) return MAX_ARGON2_KIB;
  const share = Math.floor((containerBytes * SHARE_OF_CONTAINER) / cores / 1024);
  return Math.max(OWN_ARGON2_KIB, Math.min(MAX_ARGON2_KIB, share));
}

const ARGON2_KIB_HERE = maxArgon2Kib(process.constrainedMemory(), availableParallelism());

/**
 * Why a hash is not to be computed here, as the end of "the hash …"; undefined if it may be. What is no
 * hash of a known kind has no cost.
 */
export function costFault(hash: string): string | undefined {
  const [, bcryptCost] = /^\$2[aby]\$(\d\d)\$/.exec(hash) ?? [];
  const isTooLong =
    Number(bcryptCost ?? 0) > MAX_BCRYPT_COST ||
    (hash.startsWith('$pbkdf2-') && parameter(hash, 'i') > MAX_PBKDF2_ITERATIONS);
  if (isTooLong) return 'would take too long to verify';
  if (!hash.startsWith('$argon2')) return undefined;
  const [kib, passes] = [parameter(hash, 'm'), parameter(hash, 't')];
  if (kib > ARGON2_KIB_HERE) {
    return `would take more than ${Math.floor(ARGON2_KIB_HERE / 1024)} MiB of memory to verify`;
  }
  return kib * passes > MAX_ARGON2_KIB_PASSES ? 'would take too long to verify' : undefined;
}

/** A number among the parameters of a PHC string. */
function parameter(hash: string, name: string): number {
  const [, value] = new RegExp(`[$,]${name}=(\\d+)`).exec(hash) ?? [];
  return Number(value ?? 0);
}
