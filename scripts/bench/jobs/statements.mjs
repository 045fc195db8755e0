// The regular jobs by the statements that they run: what each may touch at once.

/** The tables that grow with the accounts and their use. */
export const BIG_TABLES = ['users', 'sessions', 'tokens', 'security_events', 'counters'];

/** Rows of a big table that one statement may read or write. */
const BATCHES = [
  { job: 'expired sessions', statement: /^WITH old .* DELETE FROM sessions/, batch: 500 },
  {
    job: 'ended sessions',
    statement: /^SELECT .* FROM sessions .*(NOT\(ended_at_ms IS NULL|ended_at_ms >)/,
    batch: 500,
  },
  { job: 'ended sessions', statement: /^DELETE FROM tokens WHERE .*session_id IN/, batch: 500 },
  { job: 'ended sessions', statement: /^DELETE FROM sessions WHERE .*id IN/, batch: 500 },
  { job: 'renamed sessions', statement: /^SELECT .* FROM sessions .*renamed_at_ms </, batch: 500 },
  { job: 'renamed sessions', statement: /^UPDATE tokens SET username/, batch: 500 },
  { job: 'renamed sessions', statement: /^UPDATE sessions SET renamed_at_ms/, batch: 500 },
  {
    job: 'renamed sessions',
    statement: /^SELECT .* FROM sessions .*user_id = .*LIMIT 1$/,
    batch: 500,
  },
  {
    job: 'unsettled sessions',
    statement: /^SELECT .* FROM sessions .*unsettled_until_ms </,
    batch: 500,
  },
  { job: 'unsettled sessions', statement: /^SELECT MAX\(.*replacements.* FROM tokens/, batch: 500 },
  { job: 'unsettled sessions', statement: /^UPDATE sessions SET unsettled_until_ms/, batch: 500 },
  { job: 'unsettled sessions', statement: /^UPDATE sessions SET ended_at_ms/, batch: 500 },
  {
    job: 'expired tokens',
    statement: /^WITH old .*expires_at_seconds < .* DELETE FROM tokens/,
    batch: 500,
  },
  {
    job: 'replaced tokens',
    statement: /^WITH old .*dies_at_ms <= .* DELETE FROM tokens/,
    batch: 500,
  },
  { job: 'old events', statement: /^SELECT .* FROM security_events .*at_ms </, batch: 500 },
  { job: 'old events', statement: /^DELETE FROM security_events/, batch: 500 },
  { job: 'old counters', statement: /^WITH old .* DELETE FROM counters/, batch: 1_000 },
  { job: 'sample of hashes', statement: /FROM users WHERE id >= /, batch: 1_001 },
  { job: 'sample of hashes', statement: /^SELECT MAX\(id\) AS id FROM users/, batch: 1 },
  // 2,000; PostgreSQL may find it cheaper to sort the last ones than to read them in order.
  {
    job: 'live sessions, for the metrics',
    statement: /^(?=.*count\().*FROM sessions/i,
    batch: 4_000,
  },
];

export const JOBS = [...new Set(BATCHES.map(({ job }) => job))];

/** A statement that no job is known to run may touch as much as those of most jobs. */
const OTHER = { job: 'other', batch: 500 };

/** The text of a statement in one line, the same whatever its values and however many. */
function inOneLine(sql) {
  return sql
    .replaceAll('"', '')
    .replace(/\s+/g, ' ')
    .replace(/\b(Session|Token|SecurityEvent)(__\1)?\./g, '')
    .replace(/ AS \w+_\w+(?=,| FROM)/g, '')
    .replace(/([<>=]) (\$\d+|\d+|\?)/g, '$1 ?')
    .replace(/ IN \([\s\d,$?]+\)/g, ' IN (…)')
    .trim();
}

/** Whose statement it is, and how many rows it may touch. */
function jobOf(line) {
  return BATCHES.find(({ statement }) => statement.test(line)) ?? OTHER;
}

/** What all runs of a statement have shown, the one that touched most first. */
export class Statements {
  #byLine = new Map();

  /** @param {{ sql: string, ms: number, rows: number, pages?: number, plan: string[], faults: string[] }} run */
  add({ sql, ...run }) {
    const line = inOneLine(sql);
    const runs = this.#byLine.get(line) ?? [];
    this.#byLine.set(line, [...runs, run]);
  }

  /** Prints every statement with its worst run; returns what is wrong with any. */
  report() {
    const faults = [];
    const seen = [...this.#byLine].map(([line, runs]) => ({ line, runs, ...jobOf(line) }));
    const place = ({ job }) => (job === OTHER.job ? JOBS.length : JOBS.indexOf(job));
    for (const { job, batch, line, runs } of seen.sort((a, b) => place(a) - place(b))) {
      const worst = runs.reduce((most, run) => (run.rows > most.rows ? run : most));
      const times = runs.map(({ ms }) => ms).sort((a, b) => a - b);
      const median = times[Math.floor(times.length / 2)];
      const pages = Math.max(...runs.map((run) => run.pages ?? 0));
      console.log(`\n${job}: ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`);
      console.log(
        `  ${runs.length} times; at most ${worst.rows} rows of ${batch}${pages > 0 ? `, ${pages} pages` : ''}; ` +
          `${median.toFixed(1)} ms in the median, ${times.at(-1).toFixed(1)} ms at most`,
      );
      for (const step of worst.plan) console.log(`    ${step}`);
      for (const fault of new Set(runs.flatMap((run) => run.faults)))
        faults.push(`${job}: ${fault}`);
      if (worst.rows > batch)
        faults.push(`${job}: ${worst.rows} rows at once, of ${batch}: ${line}`);
    }
    const ran = new Set(seen.map(({ job }) => job));
    return { faults, ran };
  }
}
