import type { DataSource } from 'typeorm';
import type { Engine } from './engine.js';
import { PostgresEngine } from './postgres-engine.js';
import { SqliteEngine } from './sqlite-engine.js';

/** The engine for the kind of database that the source leads to. */
export function engineFor(source: DataSource): Engine {
  return source.options.type === 'postgres' ? new PostgresEngine(source) : new SqliteEngine(source);
}
