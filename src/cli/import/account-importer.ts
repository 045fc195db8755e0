import type { ClientInfo } from '../../common/client-info.js';
import type { AccountsImport, ImportedAccount } from '../../users/accounts-import.js';
import type { AccountReader, ReadRecord } from './account-reader.js';
import type { AccountRow } from './files/account-source.js';
import type { ImportReport } from './import-report.js';

/** In one transaction: few enough that no other write waits long for its turn. */
const IMPORTED_AT_ONCE = 500;

interface WaitingRow {
  readonly place: string;
  readonly account?: ImportedAccount;
  readonly fault?: string;
}

/** Imports the rows of a file: those that are in order, whatever the others are like. */
export class AccountImporter {
  private readonly placesOfNames = new Map<string, string>();
  private readonly placesOfIds = new Map<number, string>();
  private waiting: WaitingRow[] = [];

  /** @param isDryRun whether it is only looked what would become of each account */
  constructor(
    private readonly accounts: AccountsImport,
    private readonly client: ClientInfo,
    private readonly reader: AccountReader,
    private readonly report: ImportReport,
    private readonly isDryRun: boolean,
  ) {}

  /** @throws DomainError `service-unavailable`; what was imported before stays */
  async add({ place, fields, fault }: AccountRow): Promise<void> {
    let read: ReadRecord;
    try {
      if (!fields) throw new Error(fault);
      read = this.reader.read(fields);
      if (read && 'account' in read) this.requireNew(read.account, place);
    } catch (error) {
      await this.wait({ place, fault: (error as Error).message });
      return;
    }
    if (!read) return;
    if ('account' in read) await this.wait({ place, account: read.account });
    else if (!this.isDryRun) await this.accounts.reserveIds(read.lastId);
  }

  /** Imports what still waits. @throws DomainError `service-unavailable` */
  async flush(): Promise<void> {
    const rows = this.waiting;
    this.waiting = [];
    const accounts = rows.flatMap(({ account }) => account ?? []);
    const outcomes = accounts.length > 0 ? await this.outcomesOf(accounts) : [];
    for (const { place, account, fault } of rows) {
      const outcome = account ? outcomes.shift() : undefined;
      await this.report.add(place, outcome ?? { refusal: fault ?? '' }, account?.username);
    }
  }

  private async wait(row: WaitingRow): Promise<void> {
    this.waiting.push(row);
    if (this.waiting.length >= IMPORTED_AT_ONCE) await this.flush();
  }

  private outcomesOf(accounts: readonly ImportedAccount[]) {
    return this.isDryRun
      ? this.accounts.foresee(accounts)
      : this.accounts.add(accounts, this.client);
  }

  private requireNew({ username, id }: ImportedAccount, place: string): void {
    const namesake = this.placesOfNames.get(username);
    if (namesake !== undefined) throw new Error(`the username stands in ${namesake} too`);
    const sameId = id !== undefined && this.placesOfIds.get(id);
    if (sameId) throw new Error(`the id stands in ${sameId} too`);
    this.placesOfNames.set(username, place);
    if (id !== undefined) this.placesOfIds.set(id, place);
  }
}
