// PostgreSQL explains what the service itself runs: auto_explain writes the plan of every statement, with the
// rows and pages that it touched, into the log of a private server.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgresCluster } from '../../../test/support/postgres-cluster.mjs';
import { BIG_TABLES, Statements } from './statements.mjs';

const SETTINGS = {
  shared_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': 0,
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_format': 'json',
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_rotation_size: 0,
  log_rotation_age: 0,
  shared_buffers: '512MB',
  max_wal_size: '4GB',
};

/** The statistics that a server sends of itself come this late at most. */
const STATISTICS_MS = 1_500;

export class PostgresTables {
  static numbers = (rows) =>
    `numbers AS (SELECT n::bigint AS n FROM generate_series(1, ${rows}) AS n)`;
  hasCounters = true;

  static async start() {
    const tables = new PostgresTables();
    tables.server = await startPostgresCluster(SETTINGS);
    tables.client = new pg.Client({ connectionString: tables.server.url });
    // Ended with the server.
    tables.client.on('error', () => undefined);
    await tables.client.connect();
    await tables.client.query('SET auto_explain.log_min_duration = -1');
    return tables;
  }

  get variables() {
    return { DATABASE_URL: this.server.url };
  }

  async version() {
    return `PostgreSQL ${(await this.query('SHOW server_version'))[0].server_version}`;
  }

  async query(sql) {
    return (await this.client.query(sql)).rows;
  }

  /** As autovacuum would, soon after so many rows. What is logged from here on counts. */
  async settle() {
    await this.query('ANALYZE');
    this.logged = (await this.#log()).length;
  }

  async #log() {
    const [{ log }] = await this.query(`SELECT pg_read_file(pg_current_logfile('jsonlog')) AS log`);
    return log;
  }

  /** How many rows of each table were ever updated and deleted. */
  async written() {
    await sleep(STATISTICS_MS);
    const rows = await this.query(
      'SELECT relname, n_tup_upd AS updated, n_tup_del AS deleted FROM pg_stat_user_tables',
    );
    return new Map(
      rows.map(({ relname, updated, deleted }) => [
        relname,
        { updated: Number(updated), deleted: Number(deleted) },
      ]),
    );
  }

  /** Everything that the service has run on a big table. */
  async statements() {
    const log = (await this.#log()).slice(this.logged);
    const statements = new Statements();
    for (const entry of log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))) {
      if (entry.application_name !== 'gatehouse') continue;
      const [, ms, json] = /^duration: ([\d.]+) ms {2}plan:\n(.*)$/s.exec(entry.message) ?? [];
      if (json === undefined) continue;
      const { 'Query Text': sql, Plan: plan } = JSON.parse(json);
      const steps = stepsOf(plan);
      const scans = steps.filter(({ isBig }) => isBig);
      if (scans.length === 0) continue;
      statements.add({
        sql,
        ms: Number(ms),
        rows: Math.max(...scans.map(({ rows }) => rows)),
        pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
        plan: steps.map(({ text }) => text),
        faults: scans.flatMap(({ type, table }) => (type === 'Seq Scan' ? [`scans ${table}`] : [])),
      });
    }
    return statements;
  }

  async stop() {
    await this.client?.end();
    await this.server?.stop();
  }
}

/** A plan as lines, and what each step read: also what it threw away. */
function stepsOf(node, depth = 0) {
  const { 'Node Type': type, 'Relation Name': table, 'Index Name': index } = node;
  const removed = ['Filter', 'Index Recheck', 'Join Filter'].map(
    (by) => node[`Rows Removed by ${by}`] ?? 0,
  );
  const rows =
    removed.reduce((sum, count) => sum + count, node['Actual Rows']) * node['Actual Loops'];
  const text = `${'  '.repeat(depth)}${type}${index ? ` by ${index}` : ''}${table ? ` on ${table}` : ''}: ${rows} rows`;
  const isBig =
    type === 'Bitmap Index Scan' || (type.endsWith('Scan') && BIG_TABLES.includes(table));
  const own = { type, table, rows, text, isBig };
  return [own, ...(node.Plans ?? []).flatMap((child) => stepsOf(child, depth + 1))];
}
