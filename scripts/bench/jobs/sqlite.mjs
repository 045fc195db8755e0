// SQLite tells how it would run the statements that the service has run, as recorder.mjs wrote them down.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import { BIG_TABLES, Statements } from './statements.mjs';

/** Longer than the service ever holds the file. */
const BUSY_MS = 30_000;

/** The big tables, also by the names that TypeORM's statements give them. */
const NAMES = [...BIG_TABLES, 'User', 'Session', 'Token', 'SecurityEvent'].join('|');

const IS_OF_BIG = new RegExp(`^(SCAN|SEARCH) (${NAMES})\\b`);
const IS_SCAN = new RegExp(`^SCAN (${NAMES})\\b`);
const IS_SORT = /^USE TEMP B-TREE FOR ORDER BY$/;
const IS_BOUNDED = /^SCAN \(/;

/** A table that is read from end to end, or sorted before its first row is known. */
function faultsOf(plan) {
  return plan.filter(
    (step, place) =>
      IS_SCAN.test(step) || (IS_SORT.test(step) && !IS_BOUNDED.test(plan[place - 1] ?? '')),
  );
}

export class SqliteTables {
  static numbers = (rows) =>
    `RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows})`;
  hasCounters = false;
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-jobs-'));

  static async start() {
    const tables = new SqliteTables();
    writeFileSync(tables.#record, '');
    return tables;
  }

  get #record() {
    return join(this.folder, 'statements.jsonl');
  }

  get #file() {
    return join(this.folder, 'gatehouse.sqlite');
  }

  get variables() {
    const recorder = pathToFileURL(join(import.meta.dirname, 'recorder.mjs')).href;
    return {
      DATABASE_URL: `sqlite:${this.#file}`,
      NODE_OPTIONS: `--import ${recorder}`,
      RECORD_INTO: this.#record,
    };
  }

  async version() {
    return `SQLite ${(await this.query('SELECT sqlite_version() AS version'))[0].version}`;
  }

  async query(sql, parameters = []) {
    if (!this.database) {
      this.database = await this.#open();
      // For filling it: a crash may lose what is thrown away at the end anyway.
      await this.query('PRAGMA synchronous = OFF');
      await this.query('PRAGMA cache_size = -800000');
    }
    return promisify(this.database.all.bind(this.database))(sql, parameters);
  }

  async settle() {
    // It has no statistics, as in an installation.
    writeFileSync(this.#record, '');
  }

  async statements() {
    const statements = new Statements();
    const plans = new Map();
    const lines = readFileSync(this.#record, 'utf8').trim().split('\n');
    for (const { sql, parameters, ms, count, looked } of lines.map((line) => JSON.parse(line))) {
      if (!/^\s*(SELECT|WITH|UPDATE|DELETE)\b/i.test(sql)) continue;
      if (!plans.has(sql)) {
        const steps = await this.query(`EXPLAIN QUERY PLAN ${sql}`, parameters);
        plans.set(
          sql,
          steps.map(({ detail }) => detail),
        );
      }
      const plan = plans.get(sql);
      if (!plan.some((step) => IS_OF_BIG.test(step))) continue;
      statements.add({ sql, ms, rows: looked ?? count, plan, faults: faultsOf(plan) });
    }
    return statements;
  }

  async stop() {
    if (this.database) await promisify(this.database.close.bind(this.database))();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #open() {
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(this.#file, (error) =>
        error ? reject(error) : resolve(database),
      );
      database.configure('busyTimeout', BUSY_MS);
    });
  }
}
