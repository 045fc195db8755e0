import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connectToPostgres } from './postgres.js';
import type { Server } from './server.js';
import { SqliteFile } from './sqlite-file.js';

type Run = (sql: string, values: (string | number)[]) => Promise<unknown[]>;

/** Writes the rows of mails into the database of a service that runs, as another instance would. */
export class WantedMails {
  private readonly address = `address-${randomBytes(4).toString('hex')}@capulet.example`;

  private constructor(
    private readonly run: Run,
    private readonly userId: number,
  ) {}

  static async of(server: Server): Promise<WantedMails> {
    const run = await connect(server);
    const username = `juliet`;
    await run(
      `INSERT INTO users (username, password_hash, credential_version, created_at_ms)
       VALUES ($1, '', 1, 0)`,
      [username],
    );
    const [row] = await run('SELECT id FROM users WHERE username = $1', [username]);
    const wanted = new WantedMails(run, (row as { id: number }).id);
    await run(
      `INSERT INTO email_addresses (user_id, email, folded_email, version) VALUES ($1, $2, $3, 1)`,
      [wanted.userId, wanted.address, wanted.address],
    );
    return wanted;
  }

  /** Adds a mail that is due; its id. */
  async add(kind: string, recipient: string, details: object = {}): Promise<string> {
    const id = randomBytes(16).toString('base64url');
    await this.run(
      `INSERT INTO mails (id, kind, user_id, recipient, details, credential_version,
         address_version, created_at_ms, due_at_ms)
       VALUES ($1, $2, $3, $4, $5, 1, 1, $6, $7)`,
      [id, kind, this.userId, recipient, JSON.stringify(details), Date.now(), Date.now()],
    );
    return id;
  }

  /** How many mails are to be sent. */
  async countWaiting(): Promise<number> {
    return (await this.run('SELECT id FROM mails WHERE due_at_ms IS NOT NULL', [])).length;
  }

  /** Lets every claim lapse, as time does. */
  async lapse(): Promise<void> {
    await this.run('UPDATE mails SET due_at_ms = $1 WHERE due_at_ms IS NOT NULL', [Date.now()]);
  }
}

async function connect({ variables, directory }: Server): Promise<Run> {
  if (variables.DATABASE_URL?.startsWith('postgres')) {
    const client = await connectToPostgres(variables.DATABASE_URL);
    return async (sql, values) => (await client.query<object>(sql, values)).rows;
  }
  const file = await SqliteFile.open(join(directory, 'data', 'gatehouse.sqlite'));
  return (sql, values) => file.query(sql, ...values);
}
