import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { noMetrics } from '../../test/support/metrics.js';
import { AuditService } from '../audit/audit.service.js';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { dataSourceOptions } from '../database/data-source.js';
import { Database } from '../database/database.js';
import { Counters } from './counters.js';
import { RegistrationThrottle } from './registration-throttle.js';

const START_MS = Date.UTC(2026, 0, 31);

const warnings: unknown[] = [];
Logger.overrideLogger({
  log: () => undefined,
  error: () => undefined,
  warn: (line) => warnings.push(line),
});

/** On SQLite, which is never asked: the counters are in memory, and refusals in the log alone. */
async function throttleOf(REGISTRATIONS_PER_HOUR: string) {
  const env = Env.load({ REGISTRATIONS_PER_HOUR });
  const database = new Database(new DataSource(await dataSourceOptions(env)), noMetrics);
  const audit = new AuditService(env, database, new BackgroundJobs(false));
  const throttle = new RegistrationThrottle(env, new Counters(database, undefined), audit);
  const names = { requestId: 'the-request', traceId: undefined };
  return (address: string) =>
    throttle.admit({ ...names, address, userAgent: null, isGone: () => false });
}

describe('The throttle of registrations', () => {
  const clock = { ms: START_MS };

  beforeEach(() => {
    clock.ms = START_MS;
    jest.spyOn(Date, 'now').mockImplementation(() => clock.ms);
    warnings.length = 0;
  });

  afterEach(() => jest.restoreAllMocks());

  it('admits so many in an hour, and says when the next one may come', async () => {
    const register = await throttleOf('2');
    await register('192.0.2.1');
    clock.ms += 600_000;
    await register('192.0.2.1');
    await expect(register('192.0.2.1')).rejects.toMatchObject({
      code: 'too-many-attempts',
      detail: 'Too many names were registered from this address: try again later',
      retryAfterSeconds: 3000,
    });
    clock.ms += 3_000_000;
    await register('192.0.2.1');
  });

  it('counts each address by itself, and an IPv6 network as one', async () => {
    const register = await throttleOf('1');
    await register('192.0.2.1');
    await register('192.0.2.2');
    await register('2001:db8:0:7::1');
    await expect(register('2001:db8:0:7::2')).rejects.toThrow('Too many names');
    await register('2001:db8:0:8::1');
  });

  it('tells the log of each refusal, and of nothing else', async () => {
    const register = await throttleOf('1');
    await register('192.0.2.1');
    expect(warnings).toEqual([]);
    await expect(register('192.0.2.1')).rejects.toThrow('Too many names');
    await expect(register('192.0.2.1')).rejects.toThrow('Too many names');
    const line = { event: 'registration.throttled', outcome: 'failure', address: '192.0.2.1' };
    expect(warnings).toMatchObject([line, line]);
  });

  it('refuses nothing if the limit is 0', async () => {
    const register = await throttleOf('0');
    for (let time = 0; time < 50; time += 1) await register('192.0.2.1');
    expect(warnings).toEqual([]);
  });
});
