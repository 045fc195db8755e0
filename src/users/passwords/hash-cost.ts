import { WORKER_THREADS } from '../../config/worker-threads.js';
import { hashesAtOnce } from './hash-queue-limits.js';

/** What one hash may take: about a second on a usual machine, and memory that a container has. */
const MAX_MEMORY_KIB = 128 * 1024;
const MAX_BCRYPT_COST = 14;
const MAX_ARGON2_KIB_PASSES = 1024 * 1024;
/** N times r times p. */
const MAX_SCRYPT_BLOCKS = 2 * 1024 * 1024;
/** Of PBKDF2, for each block of its output: iterations of SHA-512 take twice as long as the others. */
const PBKDF2 = new Map([
  ['sha1', { maxIterations: 4_000_000, blockBytes: 20 }],
  ['sha256', { maxIterations: 4_000_000, blockBytes: 32 }],
  ['sha512', { maxIterations: 2_000_000, blockBytes: 64 }],
]);

/** The service's own hashes take so much, and are computed wherever it runs. */
const OWN_ARGON2_KIB = 19 * 1024;

/** The share of a container's memory that all hashes that are computed at once may take. */
const SHARE_OF_CONTAINER = 1 / 4;

/**
 * The memory that one hash of Argon2 or scrypt may take, in KiB: 128 MiB; in a container no more than a
 * quarter of its memory, divided by how many are computed at once; never less than the service's own hashes take.
 * @param containerBytes what the container may have; 0 or more than the machine has if it has no limit
 */
export function maxMemoryKib(containerBytes: number, atOnce: number): number {
  if (containerBytes <= 0) return MAX_MEMORY_KIB;
  const share = Math.floor((containerBytes * SHARE_OF_CONTAINER) / atOnce / 1024);
  return Math.max(OWN_ARGON2_KIB, Math.min(MAX_MEMORY_KIB, share));
}

const MEMORY_KIB_HERE = maxMemoryKib(process.constrainedMemory(), hashesAtOnce(WORKER_THREADS));

/** What a hash takes. */
interface Cost {
  /** As a share of what one may take. */
  readonly time: number;
  readonly kib: number;
}

/**
 * Why a hash is not to be computed here, as the end of "the hash …"; undefined if it may be. What is no
 * hash of a known kind has no cost.
 */
export function costFault(hash: string): string | undefined {
  const { time, kib } =
    bcryptCost(hash) ?? pbkdf2Cost(hash) ?? argon2Cost(hash) ?? scryptCost(hash);
  if (kib > MEMORY_KIB_HERE) {
    return `would take more than ${Math.floor(MEMORY_KIB_HERE / 1024)} MiB of memory to verify`;
  }
  return time > 1 ? 'would take too long to verify' : undefined;
}

function bcryptCost(hash: string): Cost | undefined {
  const [, cost] = /^(?:\$bcrypt-[a-z0-9-]+)?\$2[aby]\$(\d\d)\$/.exec(hash) ?? [];
  return cost === undefined ? undefined : { time: 2 ** (Number(cost) - MAX_BCRYPT_COST), kib: 0 };
}

function pbkdf2Cost(hash: string): Cost | undefined {
  const limits = PBKDF2.get(/^\$pbkdf2-(\w+)\$/.exec(hash)?.[1] ?? '');
  if (!limits) return undefined;
  const hashBytes = Buffer.byteLength(hash.slice(hash.lastIndexOf('$') + 1), 'base64');
  const blocks = Math.max(1, Math.ceil(hashBytes / limits.blockBytes));
  return { time: (parameter(hash, 'i') * blocks) / limits.maxIterations, kib: 0 };
}

function argon2Cost(hash: string): Cost | undefined {
  if (!hash.startsWith('$argon2')) return undefined;
  const kib = parameter(hash, 'm');
  return { time: (kib * parameter(hash, 't')) / MAX_ARGON2_KIB_PASSES, kib };
}

function scryptCost(hash: string): Cost {
  if (!/^\$(?:firebase-)?scrypt/.test(hash)) return { time: 0, kib: 0 };
  const [N, r, p] = [2 ** parameter(hash, 'ln'), parameter(hash, 'r'), parameter(hash, 'p')];
  return { time: (N * r * p) / MAX_SCRYPT_BLOCKS, kib: (128 * r * Math.max(N, p)) / 1024 };
}

/** A number among the parameters of a PHC string. */
function parameter(hash: string, name: string): number {
  const [, value] = new RegExp(`[$,]${name}=(\\d+)`).exec(hash) ?? [];
  return Number(value ?? 0);
}
