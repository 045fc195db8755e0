import { Option, SubCommand } from 'nest-commander';
import type { Finding } from '../../common/finding.js';
import type { Env } from '../../config/env.js';
import { loadEnv } from '../../config/load-env.js';
import { checkTokenKeys } from '../../config/token-keys.js';
import { checkDatabase } from '../../database/database-check.js';
import { checkRedis } from '../../redis/redis-check.js';
import { usesRedis } from '../../redis/redis-client.js';
import { CliCommand } from '../cli-command.js';
import { CommandFailure, EXIT_CODES } from '../exit-codes.js';
import { Output } from '../output.js';

@SubCommand({
  name: 'check',
  description: 'check the configuration as a start does, and with --connect the stores too',
})
export class CheckConfigCommand extends CliCommand {
  constructor(private readonly output: Output) {
    super();
  }

  @Option({ flags: '--connect', description: 'ask the database and Redis whether they will do' })
  isConnecting(): true {
    return true;
  }

  override async run(_: string[], { connect }: { connect?: true }): Promise<void> {
    const env = loadEnv();
    checkTokenKeys(env);
    const valid = { verdict: 'ok', message: 'The configuration is valid' } as const;
    await this.show('configuration', [valid]);
    if (connect) await this.checkStores(env);
  }

  private async checkStores(env: Env): Promise<void> {
    const ofDatabase = await checkDatabase(env);
    await this.show('database', ofDatabase);
    const ofRedis = usesRedis(env) ? await checkRedis(env) : [];
    await this.show('redis', ofRedis);
    const verdicts = [...ofDatabase, ...ofRedis].map(({ verdict }) => verdict);
    if (verdicts.includes('unreachable')) {
      const message = 'A store does not answer';
      throw new CommandFailure('service-unavailable', message, EXIT_CODES.unavailable);
    }
    if (verdicts.includes('wrong')) {
      throw new CommandFailure('wrong-settings', 'Something has to be changed');
    }
  }

  private async show(about: string, findings: Finding[]): Promise<void> {
    for (const { verdict, message } of findings) {
      const text = `${verdict.padEnd(11)}  ${about.padEnd(13)}  ${message}`;
      await this.output.result(text, { about, verdict, message });
    }
  }
}
