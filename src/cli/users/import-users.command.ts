import { Option, SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountsImport } from '../../users/accounts-import.js';
import {
  SALT_KINDS,
  saltKindOf,
  type SaltIs,
} from '../../users/passwords/formats/salted-pbkdf2.js';
import { CommandFailure, toFailure, UsageError } from '../exit-codes.js';
import { AccountImporter } from '../import/account-importer.js';
import type { AccountSource } from '../import/account-source.js';
import { openAccounts } from '../import/open-accounts.js';
import { startProgress } from '../progress.js';
import { ServiceCommand } from '../service-command.js';

@SubCommand({
  name: 'import',
  description: 'take accounts over from CSV, JSON lines or a SQLite file, with their passwords',
  arguments: '<file>',
  argsDescription: { file: 'the file, or - for standard input' },
})
export class ImportUsersCommand extends ServiceCommand {
  @Option({ flags: '--new-ids', description: 'give new ids, whatever the file says' })
  hasNewIds(): true {
    return true;
  }

  @Option({
    flags: '--salt-is <kind>',
    description: 'what a field salt was to the hash function: text, or bytes in hex or base64',
  })
  saltIs(text: string): SaltIs {
    const kind = saltKindOf(text);
    if (kind === undefined) throw new UsageError(`--salt-is must be ${SALT_KINDS.join(' or ')}`);
    return kind;
  }

  override async run(
    [file = '']: string[],
    { newIds, saltIs }: { newIds?: true; saltIs?: SaltIs },
  ): Promise<void> {
    this.service.checkConfiguration();
    const source = await openAccounts(file);
    await this.service.use(async (service) => {
      const importer = new AccountImporter(
        service.get(AccountsImport),
        operatorInfo(),
        !newIds,
        (place, reason) =>
          this.output.problem(`${place}: ${reason}`, { refused: { place, reason } }),
        saltIs,
      );
      try {
        await this.importAll(source, importer);
      } catch (error) {
        await this.tellCounts(importer);
        throw brokenOff(error);
      }
      await this.tellCounts(importer);
      if (importer.refused > 0) {
        const message = 'Some rows were refused: correct them and import the file again';
        throw new CommandFailure('refused-rows', message);
      }
    });
  }

  private async importAll(
    { total, rows }: AccountSource,
    importer: AccountImporter,
  ): Promise<void> {
    const progress = await startProgress(this.output, total);
    try {
      for await (const row of rows) {
        await importer.add(row);
        progress.show(row.done);
      }
      await importer.flush();
    } finally {
      progress.end();
    }
  }

  private async tellCounts({ imported, unchanged, refused }: AccountImporter): Promise<void> {
    await this.output.result(
      `Imported ${imported}, there before ${unchanged}, refused ${refused}`,
      { imported, unchanged, refused },
    );
  }
}

/** Its rows from the one that broke off may not have been imported; all before it may be there already. */
function brokenOff(error: unknown): unknown {
  const failure = toFailure(error);
  if (!failure) return error;
  const { code, message, exitCode } = failure;
  const advice =
    code === 'unreadable-file' ? 'Mend it, and import it again' : 'Then import the file again';
  return new CommandFailure(code, `${message}. ${advice}`, exitCode);
}
