import type { ClientInfo } from '../../common/client-info.js';
import type { AccountsImport, ImportedAccount } from '../../users/accounts-import.js';
import type { SaltIs } from '../../users/passwords/formats/salted-pbkdf2.js';
import { LARGEST_USER_ID } from '../../users/user-ids.js';
import type { AccountRow } from './account-source.js';
import { accountFromFields, positiveInteger, type Fields } from './account-from-fields.js';

/** In one transaction: few enough that no other write waits long for its turn. */
const IMPORTED_AT_ONCE = 500;

interface ReadRow {
  readonly place: string;
  readonly account?: ImportedAccount;
  /** Of a row that has this alone. */
  readonly lastId?: number;
  readonly fault?: string;
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
   * @param saltIs what salts are in rows that do not say it
   */
  constructor(
    private readonly accounts: AccountsImport,
    private readonly client: ClientInfo,
    private readonly keepsIds: boolean,
    private readonly tellRefusal: (place: string, reason: string) => void,
    private readonly saltIs?: SaltIs,
  ) {}

  /** @throws DomainError `service-unavailable`; what was imported before stays */
  async add(row: AccountRow): Promise<void> {
    const read = this.read(row);
    if (read.lastId !== undefined) {
      if (this.keepsIds) await this.accounts.reserveIds(read.lastId);
      return;
    }
    this.waiting.push(read);
    if (this.waiting.length >= IMPORTED_AT_ONCE) await this.flush();
  }

  /** Imports what still waits. @throws DomainError `service-unavailable` */
  async flush(): Promise<void> {
    const rows = this.waiting;
    this.waiting = [];
    const accounts = rows.flatMap(({ account }) => account ?? []);
    const outcomes = accounts.length > 0 ? await this.accounts.add(accounts, this.client) : [];
    for (const { place, account, fault } of rows) {
      const outcome = account ? outcomes.shift() : { refusal: fault ?? '' };
      if (outcome === 'imported') this.imported += 1;
      else if (outcome === 'unchanged') this.unchanged += 1;
      else this.refuse(place, outcome?.refusal ?? '');
    }
  }

  private read({ place, fields: given, fault }: AccountRow): ReadRow {
    try {
      if (!given) throw new Error(fault);
      const fields = withoutNulls(given);
      if ('last_id' in fields) return { place, lastId: lastIdOf(fields) };
      const account = accountFromFields(fields, this.saltIs);
      this.requireNew(account, place);
      return { place, account: this.keepsIds ? account : { ...account, id: undefined } };
    } catch (error) {
      return { place, fault: (error as Error).message };
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

  private refuse(place: string, reason: string): void {
    this.refused += 1;
    this.tellRefusal(place, reason);
  }
}

function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** The highest id that an export tells of; 0 if no account was ever given one. */
function lastIdOf({ last_id, ...others }: Fields): number {
  if (Object.keys(others).length > 0) throw new Error('last_id stands in a row of its own');
  return last_id === 0 ? 0 : positiveInteger('last_id', last_id, LARGEST_USER_ID);
}
