import { existsSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { clockFinding, type Finding } from '../common/finding.js';
import type { Env } from '../config/env.js';
import { makingFault } from '../config/file-faults.js';
import { dataSourceOptions } from './data-source.js';
import { isUnreachable } from './database-errors.js';
import type { Engine } from './engine.js';
import { engineFor } from './engines.js';
import { reasonOf } from './reasons.js';

/** Whether the configured database can be used, without changing anything in it. */
export async function checkDatabase(env: Env): Promise<Finding[]> {
  const options = await dataSourceOptions(env);
  if (options.type === 'sqlite' && !existsSync(options.database)) {
    return [missingFile(options.database)];
  }
  const source = new DataSource(options);
  const engine = engineFor(source);
  try {
    await engine.open();
    return [
      { verdict: 'ok', message: `${engine.place} answers` },
      ...(await faultsOf(engine)),
      await migrationsOf(engine),
      ...(await clockOf(engine, source)),
    ];
  } catch (error) {
    return [notOpened(engine.place, error)];
  } finally {
    await engine.close();
  }
}

function notOpened(place: string, error: unknown): Finding {
  return isUnreachable(error)
    ? { verdict: 'unreachable', message: `${place} does not answer: ${reasonOf(error)}` }
    : { verdict: 'wrong', message: `${place} cannot be used: ${reasonOf(error)}` };
}

function missingFile(file: string): Finding {
  const fault = makingFault(file);
  return fault === undefined
    ? { verdict: 'warning', message: `${file} is not there: the first start makes it` }
    : { verdict: 'wrong', message: `${file} cannot be made: ${fault}` };
}

async function faultsOf(engine: Engine): Promise<Finding[]> {
  const faults = await engine.faults();
  try {
    await engine.ping();
  } catch (error) {
    faults.push(`It takes no writes: ${reasonOf(error)}`);
  }
  if (faults.length === 0) return [{ verdict: 'ok', message: 'It takes writes' }];
  return faults.map((message) => ({ verdict: 'wrong', message }));
}

async function migrationsOf(engine: Engine): Promise<Finding> {
  try {
    const { migrations, fault } = await engine.pending();
    if (migrations.length === 0) return { verdict: 'ok', message: 'Its schema is up to date' };
    if (fault)
      return { verdict: 'wrong', message: `The next start cannot make its schema: ${fault}` };
    return {
      verdict: 'warning',
      message: `Its schema is older than this program: the next start applies ${migrations.join(', ')}`,
    };
  } catch (error) {
    return { verdict: 'wrong', message: `Its schema cannot be read: ${reasonOf(error)}` };
  }
}

/** A file's clock is this machine's. */
async function clockOf(engine: Engine, { manager }: DataSource): Promise<Finding[]> {
  if (!engine.isShared) return [];
  const beforeMs = Date.now();
  const nowMs = await engine.nowMs(manager);
  return [clockFinding(engine.place, nowMs - (beforeMs + Date.now()) / 2)];
}
