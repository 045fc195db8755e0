// Writes what the service asks of SQLite, with its parameters, time and rows, into the file that RECORD_INTO
// names. Loaded by --import.
import { appendFileSync } from 'node:fs';
import sqlite3 from 'sqlite3';

for (const method of ['all', 'run']) {
  // Of statements, because the service keeps those that it has prepared.
  const original = sqlite3.Statement.prototype[method];
  sqlite3.Statement.prototype[method] = function (parameters, callback) {
    if (typeof callback !== 'function') return original.apply(this, arguments);
    const { sql } = this;
    const startedMs = performance.now();
    return original.call(this, parameters, function (error, rows) {
      const ms = performance.now() - startedMs;
      const count = rows?.length ?? this?.changes ?? 0;
      const run = { sql, parameters, ms, count, looked: rows?.[0]?.looked };
      appendFileSync(process.env.RECORD_INTO, `${JSON.stringify(run)}\n`);
      callback.call(this, error, rows);
    });
  };
}
