import { Option, SubCommand } from 'nest-commander';
import type { Finding } from '../../common/finding.js';
import { checkDataKeys, hasDataKey } from '../../config/data-keys.js';
import type { Env } from '../../config/env.js';
import { loadEnv } from '../../config/load-env.js';
import { checkTokenKeys } from '../../config/token-keys.js';
import { checkDatabase } from '../../database/database-check.js';
import { checkMailServer, checkMailTemplates } from '../../mail/mail-check.js';
import { checkRedis } from '../../redis/redis-check.js';
import { usesRedis } from '../../redis/uses-redis.js';
import { CliCommand } from '../cli-command.js';
import { CommandFailure, EXIT_CODES } from '../exit-codes.js';
import { Output } from '../output.js';
import { describeKey, findKeys } from './key-findings.js';

@SubCommand({
  name: 'check',
  description:
    'check the configuration as a start does, and with --connect the stores and the mail server too',
})
export class CheckConfigCommand extends CliCommand {
  constructor(private readonly output: Output) {
    super();
  }

  @Option({
    flags: '--connect',
    description: 'ask the database, Redis and the mail server whether they will do',
  })
  isConnecting(): true {
    return true;
  }

  override async run(_: string[], { connect }: { connect?: true }): Promise<void> {
    const env = loadEnv();
    checkTokenKeys(env);
    checkMailTemplates(env);
    checkDataKeys(env);
    const valid = { verdict: 'ok', message: 'The configuration is valid' } as const;
    await this.show('configuration', [valid]);
    await this.showKeys(env);
    if (connect) await this.checkServers(env);
  }

  private async checkServers(env: Env): Promise<void> {
    const ofDatabase = await checkDatabase(env);
    await this.show('database', ofDatabase);
    const ofRedis = usesRedis(env) ? await checkRedis(env) : [];
    await this.show('redis', ofRedis);
    const ofMail = env.SMTP_URL === undefined ? [] : await checkMailServer(env.SMTP_URL);
    await this.show('mail', ofMail);
    const ofStores = [...ofDatabase, ...ofRedis];
    const verdicts = [...ofStores, ...ofMail].map(({ verdict }) => verdict);
    if (verdicts.includes('unreachable')) {
      const isStore = ofStores.some(({ verdict }) => verdict === 'unreachable');
      const message = `${isStore ? 'A store' : 'The mail server'} does not answer`;
      throw new CommandFailure('service-unavailable', message, EXIT_CODES.unavailable);
    }
    if (verdicts.includes('wrong')) {
      throw new CommandFailure('wrong-settings', 'Something has to be changed');
    }
  }

  private async showKeys(env: Env): Promise<void> {
    for (const key of findKeys(env)) {
      const finding = { about: 'key', verdict: 'ok', message: describeKey(key) };
      await this.output.result(lineOf(finding), { ...finding, ...key });
    }
    if (hasDataKey(env)) return;
    const message = 'Without DATA_KEY no account can add a second factor';
    await this.show('key', [{ verdict: 'warning', message }]);
  }

  private async show(about: string, findings: Finding[]): Promise<void> {
    for (const { verdict, message } of findings) {
      const finding = { about, verdict, message };
      await this.output.result(lineOf(finding), finding);
    }
  }
}

function lineOf({ about, verdict, message }: Record<'about' | 'verdict' | 'message', string>) {
  return `${verdict.padEnd(11)}  ${about.padEnd(13)}  ${message}`;
}
