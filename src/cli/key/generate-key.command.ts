import { Option, SubCommand } from 'nest-commander';
import { newKey } from '../../config/jwt-key.js';
import { newPrivateKey } from '../../config/new-keys.js';
import { CliCommand } from '../cli-command.js';
import { UsageError } from '../exit-codes.js';
import { Output } from '../output.js';

const ALGORITHMS = ['HS256', 'ES256', 'RS256'] as const;

type Algorithm = (typeof ALGORITHMS)[number];

@SubCommand({
  name: 'generate',
  description: 'make a key at random: for JWT_KEY, or with --alg ES256 or RS256 for SIGNING_KEY',
})
export class GenerateKeyCommand extends CliCommand {
  constructor(private readonly output: Output) {
    super();
  }

  @Option({
    flags: '--alg <algorithm>',
    description: `${ALGORITHMS.join(', ')}; ES256 and RS256 make a private key in PEM`,
    defaultValue: 'HS256',
  })
  algorithmOf(given: string): Algorithm {
    const known = ALGORITHMS.find((algorithm) => algorithm === given);
    if (known) return known;
    throw new UsageError(`--alg must be ${ALGORITHMS.join(', ')}`);
  }

  override async run(_: string[], { alg }: { alg: Algorithm }): Promise<void> {
    const key = alg === 'HS256' ? newKey() : newPrivateKey(alg);
    if (this.output.isJson) await this.output.result('', { alg, key });
    else for (const line of key.trimEnd().split('\n')) await this.output.line(line);
  }
}
