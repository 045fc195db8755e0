import { Logger } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService } from '../../src/audit/audit.service.js';
import { SecurityEvent } from '../../src/audit/security-event.entity.js';
import type { ClientInfo } from '../../src/common/client-info.js';
import type { RenewablePrincipal, TokenPrincipal } from '../../src/common/principal.js';
import { BackgroundJobs } from '../../src/config/background-jobs.js';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { AccessTokens, isOfClient, type UserTokenClaims } from '../../src/tokens/access-token.js';
import { DatabaseRevocationStore } from '../../src/tokens/database-revocation.store.js';
import { LogIn } from '../../src/tokens/log-in.js';
import { ReusableTokens } from '../../src/tokens/reusable-tokens.js';
import type { LiveToken } from '../../src/tokens/revocation-store.js';
import { SessionEndings } from '../../src/tokens/session-endings.js';
import { SessionJournal } from '../../src/tokens/session-journal.js';
import { SessionRows } from '../../src/tokens/session-rows.js';
import { Session } from '../../src/tokens/session.entity.js';
import { SingleUseTokens } from '../../src/tokens/single-use-tokens.js';
import { TokenCheck } from '../../src/tokens/token-check.js';
import { TokenRenewal } from '../../src/tokens/token-renewal.js';
import { PasswordChange } from '../../src/tokens/password-change.js';
import { Token } from '../../src/tokens/token.entity.js';
import { UserDescriptions } from '../../src/tokens/user-descriptions.js';
import { readFacts } from '../../src/tokens/user-facts.js';
import { addAccount } from './accounts.js';
import { unheard } from './feed-room.js';
import { noMetrics } from './metrics.js';
import { secretKeys } from './token-keys.js';

/** The second at which the clock of every room begins. */
export const START = 1_800_000_000;

/** Two accounts. */
export const JULIET = 7;
export const ROMEO = 8;

export const CLIENT: ClientInfo = {
  requestId: 'request-1',
  traceId: undefined,
  address: '192.0.2.7',
  userAgent: 'a browser',
  isGone: () => false,
};

export const TOKEN_INVALID = { code: 'token-invalid' };
export const UNAVAILABLE = { code: 'service-unavailable' };

Logger.overrideLogger(false);

const opened: TokenRoom[] = [];
afterEach(async () => {
  for (const room of opened.splice(0)) await room.close();
  jest.restoreAllMocks();
});

/**
 * The flows of `src/tokens`, put together by hand on SQLite in a file of their own. The clock stands still but for
 * `pass`. A room closes by itself after its test.
 */
export class TokenRoom {
  readonly store: DatabaseRevocationStore;
  readonly rows: SessionRows;
  readonly check: TokenCheck;
  readonly logIn: LogIn;
  readonly renewal: TokenRenewal;
  readonly endings: SessionEndings;
  readonly replacement: PasswordChange;
  private readonly audit: AuditService;
  private readonly metrics: Metrics;
  private nowSeconds = START;

  private readonly tokens: AccessTokens;

  private constructor(
    private readonly env: Env,
    /** Has the rows of sessions, and the events. */
    readonly database: Database,
    /** Has the live tokens. */
    readonly storeDatabase: Database,
  ) {
    const jwt = new JwtService({});
    const tokens = new AccessTokens(jwt, env, secretKeys(randomBytes(48)));
    const metrics = new Metrics(env);
    const audit = new AuditService(env, database, new BackgroundJobs(false));
    const store = new DatabaseRevocationStore(storeDatabase);
    Object.assign(store, { isApart: storeDatabase !== database });
    const Use = env.TOKEN_SINGLE_USE ? SingleUseTokens : ReusableTokens;
    const use = new Use(env, store);
    const rows = new SessionRows(env, database);
    const descriptions = new UserDescriptions(database, store, unheard);
    const journal = new SessionJournal(database, rows, audit);
    const check = new TokenCheck(tokens, use, store, database, rows, journal);
    this.logIn = new LogIn(
      ...([env, database, tokens, store, rows, descriptions, unheard, audit] as const),
      metrics,
    );
    this.endings = new SessionEndings(
      ...([database, check, use, store, rows, journal, descriptions, unheard, audit] as const),
      metrics,
    );
    this.renewal = new TokenRenewal(tokens, use, store, journal, this.endings, unheard, metrics);
    this.replacement = new PasswordChange(env, database, tokens, use, store, rows, unheard);
    this.store = store;
    this.rows = rows;
    this.check = check;
    this.tokens = tokens;
    this.audit = audit;
    this.metrics = metrics;
  }

  /**
   * @param variables of the service
   * @param isApart gives the store a database of its own, so that either may fail alone, as it may with Redis
   */
  static async open(variables: Record<string, string> = {}, { isApart = false } = {}) {
    const database = await openDatabase();
    const storeDatabase = isApart ? await openDatabase() : database;
    const room = new TokenRoom(Env.load(variables), database, storeDatabase);
    opened.push(room);
    jest.spyOn(Date, 'now').mockImplementation(() => room.nowSeconds * 1000);
    return room;
  }

  async close(): Promise<void> {
    await this.database.onApplicationShutdown();
    await this.storeDatabase.onApplicationShutdown();
  }

  pass(seconds: number): void {
    this.nowSeconds += seconds;
  }

  /** Logs in; the text of the first token. */
  async begin(userId = JULIET, amr: readonly string[] = ['pwd']): Promise<string> {
    const owner = { userId, username: 'as at log-in', client: CLIENT, amr };
    const confirm = (manager: EntityManager) => readFacts(manager, userId);
    return (await this.logIn.start(owner, confirm)).token;
  }

  /** The check of a request with a token. */
  async authenticate(text: string) {
    return this.check.authenticate(this.claims(text), text, CLIENT);
  }

  /** Presents a token with a request. */
  async present(text: string): Promise<TokenPrincipal> {
    const { principal } = await this.authenticate(text);
    // What is noted of it beside the request: writes run in the order of asking.
    await this.storeDatabase.write(() => Promise.resolve());
    return principal;
  }

  recognise(text: string): RenewablePrincipal {
    return this.check.recognise(this.claims(text, this.env.TOKEN_RENEW_GRACE), CLIENT);
  }

  private claims(text: string, graceSeconds = 0): UserTokenClaims {
    const claims = this.tokens.verify(text, graceSeconds);
    if (isOfClient(claims)) throw new Error('The token of a client');
    return claims;
  }

  /** Renews a token, hard; the text of the one that is answered. */
  async renew(text: string): Promise<string> {
    return (await this.renewal.renew(this.recognise(text))).issued.token;
  }

  /** What the store has of a token, without presenting it; undefined if it is not live. */
  async find(text: string): Promise<LiveToken | undefined> {
    return this.store.find(this.recognise(text));
  }

  /** Whether each of the tokens is live. */
  async areLive(...texts: string[]): Promise<boolean[]> {
    return Promise.all(texts.map(async (text) => (await this.find(text)) !== undefined));
  }

  /** The row of a token's session. */
  async session(text: string): Promise<Session> {
    const { sessionId: id } = this.recognise(text);
    return this.database.read((manager) => manager.findOneByOrFail(Session, { id }));
  }

  /** The types of an account's events, oldest first. */
  async events(userId = JULIET): Promise<string[]> {
    return (await this.audit.eventsOf(userId, 100)).map(({ type }) => type).reverse();
  }

  /** Marks the row of a token's session as ended, of which the store does not hear. */
  async endRow(text: string): Promise<void> {
    await this.database.write((manager) => this.rows.end(manager, [this.recognise(text)]));
  }

  /** The value of a series of the metrics. */
  async counted(series: string): Promise<number> {
    const lines = (await this.metrics.exposition()).split('\n');
    return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length));
  }
}

/**
 * Lets a database take no writes, as on a disk that went read-only, from the writes on that are asked for later.
 * @returns what lets it take them again
 */
export async function refuseWrites(database: Database): Promise<() => Promise<void>> {
  return database.write(async (manager) => {
    await manager.query('PRAGMA query_only = ON');
    return async () => {
      await manager.query('PRAGMA query_only = OFF');
    };
  });
}

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
/** The file of an empty database, which the others are copied from: making its schema takes longer. */
let empty: Promise<string> | undefined;

async function openDatabase(): Promise<Database> {
  const file = newFile();
  copyFileSync(await (empty ??= makeEmptyDatabase()), file);
  return openFile(file);
}

async function makeEmptyDatabase(): Promise<string> {
  const file = newFile();
  const database = await openFile(file);
  await addAccount(database, JULIET, 'juliet');
  await addAccount(database, ROMEO, 'romeo');
  await database.onApplicationShutdown();
  return file;
}

async function openFile(file: string): Promise<Database> {
  const options = await dataSourceOptions({ DATABASE_URL: `sqlite:${file}` });
  const entities = [Session, Token, SecurityEvent];
  const database = new Database(new DataSource({ ...options, entities }), noMetrics);
  await database.onModuleInit();
  return database;
}

function newFile(): string {
  files += 1;
  return join(directory, `${files}.sqlite`);
}
