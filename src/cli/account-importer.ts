import type { ClientInfo } from '../common/client-info.js';
import type { AccountsImport, ImportedAccount } from '../users/accounts-import.service.js';
import { LARGEST_USER_ID } from '../users/user-ids.js';
import type { AccountRow } from './account-source.js';
import { importedAccount, wholeNumber } from './imported-account.js';

/** In one transaction: few enough that nobody waits long for their turn to write. */
const IMPORTED_AT_ONCE = 500;

interface ReadRow {
  readonly place: string;
  readonly account: ImportedAccount | undefined;
  readonly fault: string;
}

/** Imports the rows of a file: those that are in order, whatever the others are like. */
export class AccountImporter {
  imported = 0;
  unchanged = 0;
  refused = 0;
  private readonly placesOfNames = new Map<string, string>();
  private readonly placesOfIds = new Map<number, string>();
  private waiting: ReadRow[] = [];

  /**
   * @param keepsIds whether accounts have the ids that the file gives them
   * @param tellRefusal hears why a row was refused, in the order of the file
   */
  constructor(
    private readonly accounts: AccountsImport,
    private readonly client: ClientInfo,
    private readonly keepsIds: boolean,
    private readonly tellRefusal: (place: string, reason: string) => void,
  ) {}

  /** @throws DomainError `service-unavailable`; what was imported before stays */
  async add(row: AccountRow): Promise<void> {
    if (row.fields && 'last_id' in row.fields) {
      await this.reserve(row.fields.last_id);
      return;
    }
    this.waiting.push(this.read(row));
    if (this.waiting.length >= IMPORTED_AT_ONCE) await this.flush();
  }

  /** Imports what still waits. @throws DomainError `service-unavailable` */
  async flush(): Promise<void> {
    const rows = this.waiting;
    this.waiting = [];
    const accounts = rows.flatMap(({ account }) => account ?? []);
    const outcomes = accounts.length > 0 ? await this.accounts.add(accounts, this.client) : [];
    for (const { place, account, fault } of rows) {
      const outcome = account ? outcomes.shift() : { refusal: fault };
      if (outcome === 'imported') this.imported += 1;
      else if (outcome === 'unchanged') this.unchanged += 1;
      else this.refuse(place, outcome?.refusal ?? fault);
    }
  }

  private read({ place, fields, fault }: AccountRow): ReadRow {
    try {
      if (!fields) throw new Error(fault);
      const account = importedAccount(fields);
      this.requireNew(account, place);
      return { place, account: this.keepsIds ? account : { ...account, id: undefined }, fault: '' };
    } catch (error) {
      return { place, account: undefined, fault: (error as Error).message };
    }
  }

  private requireNew({ username, id }: ImportedAccount, place: string): void {
    const namesake = this.placesOfNames.get(username);
    if (namesake !== undefined) throw new Error(`the username stands in ${namesake} too`);
    const sameId = this.keepsIds && id !== undefined && this.placesOfIds.get(id);
    if (sameId) throw new Error(`the id stands in ${sameId} too`);
    this.placesOfNames.set(username, place);
    if (id !== undefined) this.placesOfIds.set(id, place);
  }

  private async reserve(lastId: unknown): Promise<void> {
    if (!this.keepsIds || lastId === 0) return;
    await this.accounts.reserveIds(wholeNumber('last_id', lastId, LARGEST_USER_ID));
  }

  private refuse(place: string, reason: string): void {
    this.refused += 1;
    this.tellRefusal(place, reason);
  }
}
