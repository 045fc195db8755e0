import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.js';
import { runStatement, runWithGiven } from '../database/statements.js';
import {
  ChangeFeed,
  keyOf,
  MAX_VERIFIERS,
  type FeedEntry,
  type Lease,
  type LeaseList,
  type LeaseOutcome,
  type LeaseRecord,
  type Look,
  type Position,
  type VerifierName,
} from './change-feed.js';
import { appendRow, nameRows, readRows, type FoundRows } from './change-rows.js';
import { randomWord } from './random-word.js';

/** Any numbers do, as long as no other lock in the database uses them. */
const APPEND_LOCK = 1_734_281_903;
const NEW_LEASE_LOCK = 1_734_281_904;

/** A dump has the rows of unlogged tables too; what it restores is another file, or in another server. */
const PLACE = `
  pg_relation_filenode('changes')::text || '-' ||
  (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint::text`;

const COLUMNS = {
  client: 'text',
  verifier: 'text',
  length_ms: 'bigint',
  acknowledged: 'text',
  beat: 'text',
} as const;

interface LeaseRow {
  readonly client: string;
  readonly verifier: string;
  readonly length_ms: number;
  readonly acknowledged: string;
  readonly beat: string;
}

interface Found extends FoundRows {
  readonly life: string;
}

/**
 * The feed of instances that share a PostgreSQL and no Redis, in unlogged tables. Nothing is announced by NOTIFY:
 * it takes one lock for the whole server, and poolers lose it.
 */
export class PostgresChangeFeed extends ChangeFeed {
  override readonly sharesLeases = true;
  constructor(private readonly database: Database) {
    super();
  }

  override async append(entry: FeedEntry): Promise<Position> {
    return this.database.write(async (manager) => {
      await lock(manager, APPEND_LOCK);
      const row = await appendRow(manager, entry, PLACE);
      return { life: lifeOf(row), index: row.index };
    });
  }

  override async look(leases: readonly Lease[], after?: Position): Promise<Look> {
    // Committed before the feed is read: until then no other connection sees the leases.
    const outcomes =
      leases.length > 0 ? await this.database.write((manager) => record(manager, leases)) : [];
    const { life, end, entries } = await this.database.read(async (manager) => {
      const found = await this.read(manager, after?.index ?? 0);
      // What was left out belongs to another life.
      return after && found.life !== after.life ? this.read(manager, 0) : found;
    });
    if (life !== '') return { life, end, entries, outcomes };
    await this.begin();
    return { ...(await this.look([], after)), outcomes };
  }

  override async leases(): Promise<LeaseList> {
    return this.database.read(async (manager) => {
      const rows = await runStatement<LeaseRow>(
        manager,
        'SELECT client, verifier, length_ms, acknowledged, beat FROM leases',
        [],
      );
      // After them: if the tables were emptied in between, what is missing is not taken for all there is.
      const { life } = await this.read(manager, Number.MAX_SAFE_INTEGER);
      const leases = rows.map(({ length_ms, ...row }) => ({ ...row, lengthMs: length_ms }));
      return { life, isComplete: life !== '', leases };
    });
  }

  override async drop({ client, verifier, beat }: LeaseRecord): Promise<void> {
    await this.database.write((manager) =>
      runStatement(
        manager,
        'DELETE FROM leases WHERE client = $1 AND verifier = $2 AND beat = $3',
        [...[client, verifier, beat]],
      ),
    );
  }

  override async giveBack({ client, verifier }: VerifierName): Promise<void> {
    await this.database.write((manager) =>
      runStatement(manager, 'DELETE FROM leases WHERE client = $1 AND verifier = $2', [
        ...[client, verifier],
      ]),
    );
  }

  /** Gives tables that are empty a life. */
  private async begin(): Promise<void> {
    await this.database.write(async (manager) => {
      await lock(manager, APPEND_LOCK);
      const { life } = await this.read(manager, Number.MAX_SAFE_INTEGER);
      if (life === '') await nameRows(manager, randomWord());
    });
  }

  private async read(manager: EntityManager, after: number): Promise<Found> {
    const found = await readRows(manager, after, PLACE);
    return { ...found, life: lifeOf(found) };
  }
}

/** '' as long as the tables are empty. */
function lifeOf({ word, place }: Pick<FoundRows, 'word' | 'place'>): string {
  return word === undefined ? '' : `${word}-${place}`;
}

/** Until the transaction ends. What is read by a later statement of it is what others have committed. */
async function lock(manager: EntityManager, key: number): Promise<void> {
  await runStatement(manager, 'SELECT pg_advisory_xact_lock($1)', [key]);
}

async function record(manager: EntityManager, leases: readonly Lease[]): Promise<LeaseOutcome[]> {
  const rows = leases.map(({ client, verifier, lengthMs, acknowledged }) => ({
    ...{ client, verifier, acknowledged },
    length_ms: lengthMs,
    beat: randomWord(),
  }));
  const granted = new Set((await renew(manager, rows)).map(keyOf));
  const outcomes: LeaseOutcome[] = [];
  for (const row of rows) {
    outcomes.push(granted.has(keyOf(row)) ? 'granted' : await insert(manager, row));
  }
  return outcomes;
}

/** Renews the leases that acknowledge something. @returns those of them that have a record */
async function renew(manager: EntityManager, rows: readonly LeaseRow[]): Promise<VerifierName[]> {
  const given = rows.filter(({ acknowledged }) => acknowledged !== '');
  if (given.length === 0) return [];
  return runWithGiven(
    manager,
    COLUMNS,
    given.map((row) => ({ ...row })),
    `UPDATE leases SET length_ms = given.length_ms, acknowledged = given.acknowledged, beat = given.beat
     FROM given WHERE leases.client = given.client AND leases.verifier = given.verifier
     RETURNING leases.client, leases.verifier`,
  );
}

/** Records a verifier that has no record, if its client may have one more: one at a time. */
async function insert(
  manager: EntityManager,
  { client, verifier, length_ms, acknowledged, beat }: LeaseRow,
): Promise<LeaseOutcome> {
  await lock(manager, NEW_LEASE_LOCK);
  const [known] = await runStatement<{ others: string; own: string }>(
    manager,
    `SELECT COUNT(*) AS others, COUNT(*) FILTER (WHERE verifier = $2) AS own FROM leases WHERE client = $1`,
    [client, verifier],
  );
  if (Number(known?.own) > 0) return 'kept';
  if (Number(known?.others) >= MAX_VERIFIERS) return 'full';
  await runStatement(
    manager,
    'INSERT INTO leases (client, verifier, length_ms, acknowledged, beat) VALUES ($1, $2, $3, $4, $5)',
    [client, verifier, length_ms, acknowledged, beat],
  );
  return 'granted';
}
