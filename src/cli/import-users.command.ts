import { Option, SubCommand } from 'nest-commander';
import { operatorInfo } from '../common/client-info.js';
import { AccountsImport } from '../users/accounts-import.service.js';
import { AccountImporter } from './account-importer.js';
import { openAccounts } from './account-source.js';
import { CommandFailure } from './exit-codes.js';
import { startProgress } from './progress.js';
import { ServiceCommand } from './service-command.js';

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

  override async run([file = '']: string[], { newIds }: { newIds?: true }): Promise<void> {
    const source = await openAccounts(file);
    await this.service.use(async (service) => {
      const importer = new AccountImporter(
        service.get(AccountsImport),
        operatorInfo(),
        !newIds,
        (place, reason) =>
          this.output.problem(`${place}: ${reason}`, { refused: { place, reason } }),
      );
      const progress = await startProgress(this.output, source.total);
      try {
        for await (const row of source.rows) {
          await importer.add(row);
          progress.show(row.done);
        }
        await importer.flush();
      } finally {
        progress.end();
      }
      await this.conclude(importer);
    });
  }

  private async conclude({ imported, unchanged, refused }: AccountImporter): Promise<void> {
    await this.output.result(
      `Imported ${imported}, there before ${unchanged}, refused ${refused}`,
      { imported, unchanged, refused },
    );
    if (refused > 0) {
      const message = 'Some rows were refused: correct them and import the file again';
      throw new CommandFailure('refused-rows', message);
    }
  }
}
