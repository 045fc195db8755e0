import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BackgroundJobs } from '../../src/config/background-jobs.js';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { runStatement } from '../../src/database/statements.js';
import { MailDelivery } from '../../src/mail/mail-delivery.js';
import { MailJob } from '../../src/mail/mail-job.js';
import type { MailDetails, NoticeKind, SecretMailKind } from '../../src/mail/mail-kinds.js';
import { MailLimits } from '../../src/mail/mail-limits.js';
import { MailRows } from '../../src/mail/mail-rows.js';
import { MailSecretRows } from '../../src/mail/mail-secret-rows.js';
import { MailSecrets } from '../../src/mail/mail-secrets.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { Counters } from '../../src/throttling/counters.js';
import { addAccount } from './accounts.js';
import { eventually } from './eventually.js';
import type { MailServer } from './mail-server.js';

const LIMIT_MS = 30_000;

const opened: MailRoom[] = [];
afterEach(async () => {
  for (const room of opened.splice(0)) await room.close();
});

/** The parts of `src/mail`, put together by hand as one instance has them. A room closes by itself after its test. */
export class MailRoom {
  readonly outbox: Outbox;
  readonly secrets: MailSecrets;
  private readonly metrics: Metrics;
  private readonly jobs = new BackgroundJobs(true);

  private constructor(
    env: Env,
    readonly database: Database,
  ) {
    this.metrics = new Metrics(env);
    const rows = new MailRows(database);
    const limits = new MailLimits(new Counters(database, undefined));
    const delivery = new MailDelivery(env);
    const job = new MailJob(env, rows, limits, delivery, this.jobs, this.metrics);
    this.outbox = new Outbox(env, rows, job);
    this.secrets = new MailSecrets(new MailSecretRows(database));
    job.onModuleInit();
  }

  /** One instance, whose mails go to the server. */
  static async open(
    server: MailServer,
    databaseUrl: string,
    variables: Record<string, string> = {},
  ): Promise<MailRoom> {
    Logger.overrideLogger(false);
    const env = Env.load({
      ...{ DATABASE_URL: databaseUrl, PUBLIC_URL: 'https://auth.example.com' },
      ...server.variables(),
      ...variables,
    });
    const database = new Database(new DataSource(await dataSourceOptions(env)), new Metrics(env));
    await database.onModuleInit();
    const room = new MailRoom(env, database);
    opened.push(room);
    return room;
  }

  async close(): Promise<void> {
    await this.jobs.onModuleDestroy();
    await this.database.onApplicationShutdown();
  }

  /** Makes an account, and gives it a verified address if one is named. */
  async addAccount(userId: number, username: string, email: string | null = null): Promise<void> {
    await addAccount(this.database, userId, username);
    await this.run(
      `INSERT INTO email_addresses (user_id, email, folded_email, wanted_email, version)
       VALUES ($1, $2, $3, $4, 1)`,
      [userId, email, email?.toLowerCase() ?? null, email],
    );
  }

  /** The account's password has changed. */
  async changePassword(userId: number): Promise<void> {
    await this.run('UPDATE users SET credential_version = credential_version + 1 WHERE id = $1', [
      userId,
    ]);
  }

  /** The account's address has changed. */
  async changeAddress(userId: number): Promise<void> {
    await this.run('UPDATE email_addresses SET version = version + 1 WHERE user_id = $1', [userId]);
  }

  async request(
    kind: SecretMailKind,
    userId: number | undefined,
    recipient: string | undefined,
    details: MailDetails = {},
  ): Promise<string> {
    if (userId !== undefined && recipient !== undefined) await this.want(userId, recipient);
    return this.requestFrom(kind, userId, recipient, details);
  }

  /** The same to an address that the account has not, or not any more. */
  async requestFrom(
    kind: SecretMailKind,
    userId: number | undefined,
    recipient: string | undefined,
    details: MailDetails = {},
  ): Promise<string> {
    return this.database.write((manager) =>
      this.outbox.request(manager, { kind, userId, recipient, details }),
    );
  }

  private async want(userId: number, email: string): Promise<void> {
    await this.run('UPDATE email_addresses SET wanted_email = $1 WHERE user_id = $2', [
      email,
      userId,
    ]);
  }

  async notify(kind: NoticeKind, userId: number, details: MailDetails = {}): Promise<void> {
    await this.database.write((manager) => this.outbox.notify(manager, { kind, userId, details }));
  }

  /** The rows of all mails, oldest first. */
  async rows(): Promise<MailRow[]> {
    return this.run('SELECT * FROM mails ORDER BY created_at_ms, id', []);
  }

  /** As if all of them had been wanted in the same millisecond. */
  async makeSameAge(): Promise<void> {
    await this.run('UPDATE mails SET created_at_ms = $1', [Date.now()]);
  }

  /** Resolves once no mail is to be sent. */
  async settled(): Promise<void> {
    await eventually(async () => {
      expect((await this.rows()).filter(({ due_at_ms: due }) => due !== null)).toEqual([]);
    }, LIMIT_MS);
  }

  /** The value of a series of the metrics. */
  async counted(series: string): Promise<number> {
    const lines = (await this.metrics.exposition()).split('\n');
    return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length));
  }

  private async run<Row extends object>(
    sql: string,
    parameters: (string | number | null)[],
  ): Promise<Row[]> {
    return this.database.write((manager) => runStatement<Row>(manager, sql, parameters));
  }
}

export interface MailRow {
  readonly id: string;
  readonly kind: string;
  readonly due_at_ms: string | number | null;
  readonly sent_at_ms: string | number | null;
  readonly token_hash: string | null;
  readonly code_hash: string | null;
  readonly attempts: number;
}
