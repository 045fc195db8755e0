import { SubCommand } from 'nest-commander';
import { text } from 'node:stream/consumers';
import { loadSigningKey } from '../../config/load-env.js';
import { toJwk } from '../../config/public-key.js';
import { readSigningKey } from '../../config/signing-key.js';
import { readTextFile, UnreadableFile } from '../../config/text-file.js';
import { UnusableKey } from '../../config/unusable-key.js';
import { CliCommand } from '../cli-command.js';
import { CommandFailure, UsageError } from '../exit-codes.js';
import { Output } from '../output.js';

const STDIN = '-';

/** A private key, and where it was found. */
interface Found {
  readonly key: string;
  readonly place: string;
}

@SubCommand({
  name: 'publish',
  arguments: '[file]',
  description: 'print the public JWK of a private key, for PUBLISHED_KEYS',
  argsDescription: {
    file: 'the private key in PEM, - for standard input; without one SIGNING_KEY, or else standard input',
  },
})
export class PublishKeyCommand extends CliCommand {
  constructor(private readonly output: Output) {
    super();
  }

  override async run([file]: string[]): Promise<void> {
    const { key, place } = file === undefined ? await findKey() : await readKey(file);
    try {
      const jwk = toJwk(readSigningKey(key).publicKey);
      await this.output.result(JSON.stringify(jwk), jwk);
    } catch (error) {
      if (!(error instanceof UnusableKey)) throw error;
      throw new CommandFailure('unusable-key', `The key of ${place} ${error.message}`);
    }
  }
}

async function findKey(): Promise<Found> {
  const key = loadSigningKey();
  if (key !== undefined) return { key, place: 'SIGNING_KEY' };
  if (!process.stdin.isTTY) return readKey(STDIN);
  throw new UsageError('Which key? Name its file, set SIGNING_KEY, or send it to standard input');
}

async function readKey(file: string): Promise<Found> {
  if (file === STDIN) return { key: await text(process.stdin), place: 'standard input' };
  try {
    return { key: readTextFile(file), place: file };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new CommandFailure('unreadable-file', `Cannot read ${file}: ${error.message}`);
  }
}
