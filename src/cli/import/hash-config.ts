import { open } from 'node:fs/promises';
import { CommandFailure } from '../exit-codes.js';
import { isObject, type Fields } from './fields.js';

/** Firebase's has some 300. */
const MAX_BYTES = 16 * 1024;

/** `name: value,` as Firebase's console shows it. */
const PARAMETER = /^\s*(\w+):\s*"?([\w+/=-]*)"?,?\s*$/gm;

/**
 * The parameters with which a Firebase project hashes passwords, from a file: as its console shows them, or
 * JSON. One of them is secret, so that none comes from the command line or is shown.
 * @throws CommandFailure if it cannot be read
 */
export async function readHashConfig(path: string): Promise<Fields> {
  const text = await read(path);
  const parameters = jsonParameters(text) ?? consoleParameters(text);
  if (Object.keys(parameters).length > 0) return parameters;
  throw new CommandFailure('hash-config', `${path} has no parameters, such as rounds: 8`);
}

async function read(path: string): Promise<string> {
  try {
    const handle = await open(path);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const message = `Cannot read ${path}: ${(error as Error).message}`;
    throw new CommandFailure('unreadable-file', message);
  }
}

function jsonParameters(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    return isObject(value.hash_config) ? value.hash_config : value;
  } catch {
    return undefined;
  }
}

function consoleParameters(text: string): Fields {
  const matches = [...text.matchAll(PARAMETER)];
  return Object.fromEntries(matches.map(([, name = '', value = '']) => [name, value]));
}
