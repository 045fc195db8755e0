import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { addAccount } from '../../test/support/accounts.js';
import { noMetrics } from '../../test/support/metrics.js';
import { temporaryDirectory } from '../../test/support/server.js';
import type { TokenPrincipal } from '../common/principal.js';
import { Env } from '../config/env.js';
import { dataSourceOptions } from '../database/data-source.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { FactorCheck } from './factor-check.js';
import type { FactorCodes } from './factor-codes.js';
import { FactorRows } from './factor-rows.js';

const JULIET = 7;

describe('The check of a second factor', () => {
  let database: Database;

  beforeAll(async () => {
    const env = Env.load({ DATABASE_URL: `sqlite:${join(temporaryDirectory(), 'a.sqlite')}` });
    database = new Database(new DataSource(await dataSourceOptions(env)), noMetrics);
    await database.onModuleInit();
    await addAccount(database, JULIET, 'juliet');
  });
  afterAll(() => database.onApplicationShutdown());

  const setFactors = (count: number) =>
    database.write((manager) =>
      runStatement(manager, 'UPDATE users SET factors = $1 WHERE id = $2', [count, JULIET]),
    );

  it('of an account without one no longer holds once one became active', async () => {
    // No code comes, so none is compared.
    const check = new FactorCheck(database, new FactorRows(database), {} as FactorCodes);
    const principal = { userId: JULIET } as TokenPrincipal;
    const proof = await check.prove(principal, undefined, 'to add another second factor');
    const use = () => database.writeFor(JULIET, (manager) => check.use(manager, proof));
    await use();
    await setFactors(1);
    await expect(use()).rejects.toMatchObject({
      code: 'validation-failed',
      detail: 'code is needed to add another second factor',
    });
  });
});
