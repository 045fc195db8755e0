import { Option, SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountsImport } from '../../users/accounts-import.js';
import { SALT_KINDS, type SaltIs } from '../../users/passwords/formats/salted-pbkdf2.js';
import { CommandFailure, toFailure, UsageError } from '../exit-codes.js';
import { AccountImporter } from '../import/account-importer.js';
import { DetailsFile } from '../import/details-file.js';
import { openAccounts, STDIN } from '../import/files/open-accounts.js';
import { FORMAT_NAMES, shown } from '../import/formats/formats.js';
import { usualNames } from '../import/formats/usual-names.js';
import { readHashConfig } from '../import/hash-config.js';
import { ImportReport } from '../import/import-report.js';
import { namesOf } from '../import/name-list.js';
import { openImport, type OpenImport } from '../import/open-import.js';
import { startProgress } from '../progress.js';
import { ServiceCommand } from '../service-command.js';

interface Options {
  readonly from?: string;
  readonly table?: string;
  readonly hashConfig?: string;
  readonly saltIs?: SaltIs;
  readonly ignore?: readonly string[];
  readonly newIds?: true;
  readonly dryRun?: boolean;
  readonly report?: string;
}

@SubCommand({
  name: 'import',
  description: 'take accounts over from a file of another system, with their passwords',
  arguments: '<file>',
  argsDescription: { file: 'JSON, CSV, htpasswd or SQLite, or - for standard input' },
})
export class ImportUsersCommand extends ServiceCommand {
  @Option({
    flags: '--from <system>',
    description: `what wrote the file, if that is not found: ${FORMAT_NAMES.join(', ')}`,
  })
  system(name: string): string {
    return oneOf(FORMAT_NAMES, '--from', name);
  }

  @Option({ flags: '--table <name>', description: 'the table of accounts in a SQLite file' })
  table(name: string): string {
    return name;
  }

  @Option({
    flags: '--hash-config <file>',
    description: 'the password hash parameters of a Firebase project',
  })
  hashConfig(file: string): string {
    return file;
  }

  @Option({
    flags: '--salt-is <kind>',
    description: 'what a field salt was to the hash function: its text, or bytes in hex or base64',
  })
  saltIs(kind: string): SaltIs {
    return oneOf(SALT_KINDS, '--salt-is', kind);
  }

  @Option({
    flags: '--ignore <names>',
    description:
      'leave out these fields, with commas between, and double quotes around one that has a comma; may be repeated',
  })
  ignore(names: string, before: readonly string[] = []): string[] {
    return [...before, names];
  }

  @Option({ flags: '--new-ids', description: 'give new ids, whatever the file says' })
  hasNewIds(): true {
    return true;
  }

  @Option({
    flags: '--dry-run',
    description: 'tell what would become of each row, and import no account',
  })
  isDryRun(): true {
    return true;
  }

  @Option({
    flags: '--report <file>',
    description: 'write what became of each row to a new file, as JSON lines',
  })
  reportFile(file: string): string {
    return file;
  }

  override async run([file = '']: string[], options: Options): Promise<void> {
    this.service.checkConfiguration();
    try {
      const opened = await this.open(file, options);
      await this.service.use((service) =>
        this.importInto(service.get(AccountsImport), opened, options),
      );
    } finally {
      // What writes there may have more to say, and would be waited for.
      if (file === STDIN) process.stdin.destroy();
    }
  }

  private async open(file: string, options: Options): Promise<OpenImport> {
    const { from, ignore = [], newIds = false, hashConfig, saltIs } = options;
    return openImport(await openAccounts(file, options.table), {
      from,
      ignored: await ignoredNames(ignore),
      keepsIds: !newIds,
      settings: { saltIs, ...(hashConfig && { hashConfig: await readHashConfig(hashConfig) }) },
    });
  }

  private async importInto(
    accounts: AccountsImport,
    opened: OpenImport,
    { dryRun: isDryRun = false, report: file }: Options,
  ): Promise<void> {
    const details = file === undefined ? undefined : await DetailsFile.create(file);
    const report = new ImportReport(this.output, details);
    const { reader } = opened;
    const importer = new AccountImporter(accounts, operatorInfo(), reader, report, isDryRun);
    try {
      await this.importAll(opened, importer);
    } catch (error) {
      await this.tell(report, opened, isDryRun);
      throw brokenOff(error);
    } finally {
      await details?.close();
    }
    await this.tell(report, opened, isDryRun);
    if (report.refused === 0) return;
    const message = isDryRun
      ? 'Some rows would be refused: correct them before the import'
      : 'Some rows were refused: correct them and import the file again';
    throw new CommandFailure('refused-rows', message);
  }

  private async importAll({ total, rows }: OpenImport, importer: AccountImporter): Promise<void> {
    const progress = await startProgress(this.output, total);
    try {
      for await (const row of rows) {
        await importer.add(row);
        progress.show(row.done);
      }
    } catch (error) {
      // Its rows from there on cannot be read; those above can.
      if (error instanceof CommandFailure) await importer.flush();
      throw error;
    } finally {
      progress.end();
    }
    await importer.flush();
  }

  private async tell(
    report: ImportReport,
    { format, reader }: OpenImport,
    isDryRun: boolean,
  ): Promise<void> {
    report.tellHidden();
    if (format !== usualNames) await this.output.heading(`Read as ${format.title}`);
    const leftOut = [...reader.leftOut];
    if (leftOut.length > 0) {
      await this.output.heading(`Left out, as accounts here have none of it: ${shown(leftOut)}`);
    }
    await report.tellKept();
    const { imported, unchanged, refused, enabledHere, otherRolesHere } = report;
    const counts = `imported ${imported}, there before ${unchanged}, refused ${refused}`;
    await this.output.result(
      isDryRun ? `A dry run, no account was imported: ${counts}` : counts.replace('i', 'I'),
      {
        ...{ imported, unchanged, refused },
        ...(enabledHere > 0 && { enabled_here: enabledHere }),
        ...(otherRolesHere > 0 && { other_roles_here: otherRolesHere }),
        ...(isDryRun && { dry_run: true }),
        ...(leftOut.length > 0 && { left_out: leftOut }),
      },
    );
  }
}

const CHOICE = new Intl.ListFormat('en', { type: 'disjunction' });

/** @param lists one for each time that the option was given. @throws UsageError if one is no list of names */
async function ignoredNames(lists: readonly string[]): Promise<string[]> {
  try {
    return (await Promise.all(lists.map(namesOf))).flat();
  } catch (error) {
    throw new UsageError(`--ignore ${(error as Error).message}`);
  }
}

/** @throws UsageError if the value is none of those that the option takes */
function oneOf<T extends string>(values: readonly T[], option: string, given: string): T {
  const value = values.find((each) => each === given);
  if (value !== undefined) return value;
  throw new UsageError(`${option} must be ${CHOICE.format(values)}`);
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
