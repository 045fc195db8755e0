import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { DataSource, IsNull } from 'typeorm';
import { noMetrics } from '../../test/support/metrics.js';
import { temporaryDirectory } from '../../test/support/server.js';
import { AuditService } from '../audit/audit.service.js';
import { SecurityEvent } from '../audit/security-event.entity.js';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { dataSourceOptions } from '../database/data-source.js';
import { Database } from '../database/database.js';
import { Counters } from './counters.js';
import { LoginThrottle, TooManyFailures, type LoginAttempt } from './login-throttle.js';

const START_MS = Date.UTC(2026, 0, 31);
const DAY_MS = 24 * 3600 * 1000;

/** So that each test turns on what it is about. */
const NO_LIMITS = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };

const warnings: unknown[] = [];
Logger.overrideLogger({
  log: () => undefined,
  error: () => undefined,
  warn: (line) => warnings.push(line),
});

function attemptOf(username: string, userId: number | null, address: string): LoginAttempt {
  const names = { requestId: 'the-request', traceId: undefined };
  return { username, userId, client: { ...names, address, userAgent: null, isGone: () => false } };
}

describe('The throttle of log-ins', () => {
  const clock = { ms: START_MS };
  let database: Database;
  let audit: AuditService;
  let userId = 0;

  beforeAll(async () => {
    const file = join(temporaryDirectory(), 'throttle.sqlite');
    const env = Env.load({ DATABASE_URL: `sqlite:${file}` });
    const options = { ...(await dataSourceOptions(env)), entities: [SecurityEvent] };
    database = new Database(new DataSource(options), noMetrics);
    await database.onModuleInit();
    audit = new AuditService(env, database, new BackgroundJobs(false));
  });

  beforeEach(() => {
    clock.ms = START_MS;
    jest.spyOn(Date, 'now').mockImplementation(() => clock.ms);
    userId += 1;
    warnings.length = 0;
  });

  afterEach(() => jest.restoreAllMocks());
  afterAll(() => database.onApplicationShutdown());

  /** A throttle that has counted nothing yet. */
  function throttleWith(limits: Record<string, string>): LoginThrottle {
    const env = Env.load({ ...NO_LIMITS, ...limits });
    return new LoginThrottle(env, new Counters(database, undefined), audit);
  }

  const from = (address: string, username = 'miguel') => attemptOf(username, userId, address);

  async function fail(throttle: LoginThrottle, ...attempts: LoginAttempt[]): Promise<void> {
    for (const attempt of attempts) {
      await throttle.admit(attempt);
      await throttle.failed(attempt);
    }
  }

  /** How `admit` refuses; fails if it does not. */
  async function refusalOf(throttle: LoginThrottle, attempt: LoginAttempt) {
    const error: unknown = await throttle.admit(attempt).catch((reason: unknown) => reason);
    if (!(error instanceof TooManyFailures)) throw new Error(`It was no refusal: ${String(error)}`);
    return error;
  }

  /** Has a refusal noted, which goes on to who asked. */
  async function note(throttle: LoginThrottle, attempt: LoginAttempt, refusal: TooManyFailures) {
    await expect(throttle.noting(attempt, () => Promise.reject(refusal))).rejects.toBe(refusal);
  }

  it('refuses a name at an address after so many failures, and no other pair of them', async () => {
    const throttle = throttleWith({ LOGIN_MAX_FAILURES: '2' });
    const attempt = from('192.0.2.1');
    await fail(throttle, attempt, attempt);
    expect(await refusalOf(throttle, attempt)).toMatchObject({ code: 'too-many-attempts' });
    await throttle.admit(from('192.0.2.2'));
    await throttle.admit(from('192.0.2.1', 'julia'));
  });

  it('counts failures, however many attempts it admits', async () => {
    const limits = {
      LOGIN_MAX_FAILURES: '1',
      ADDRESS_MAX_FAILURES: '1',
      ACCOUNT_MAX_FAILURES: '1',
    };
    const throttle = throttleWith(limits);
    const attempt = from('192.0.2.1');
    for (let time = 0; time < 5; time += 1) await throttle.admit(attempt);
    await throttle.failed(attempt);
    await refusalOf(throttle, attempt);
  });

  it('says how many seconds are left of the window, which begins with the first failure', async () => {
    const throttle = throttleWith({ LOGIN_MAX_FAILURES: '2', LOGIN_WINDOW: '90' });
    const attempt = from('192.0.2.1');
    await fail(throttle, attempt);
    clock.ms += 30_000;
    await fail(throttle, attempt);
    expect((await refusalOf(throttle, attempt)).retryAfterSeconds).toBe(60);
    clock.ms += 59_500;
    expect((await refusalOf(throttle, attempt)).retryAfterSeconds).toBe(1);
    clock.ms += 500;
    await throttle.admit(attempt);
  });

  it('begins again after a success, for this name at this address', async () => {
    const throttle = throttleWith({ LOGIN_MAX_FAILURES: '2' });
    const [here, there] = [from('192.0.2.1'), from('192.0.2.2')];
    await fail(throttle, here, there, there);
    await throttle.succeeded(here);
    await fail(throttle, here);
    await throttle.admit(here);
    await refusalOf(throttle, there);
  });

  it.each(['ADDRESS_MAX_FAILURES', 'ACCOUNT_MAX_FAILURES'])(
    'lets no success reset %s, or a guesser would log in to an account of their own',
    async (limit) => {
      const throttle = throttleWith({ [limit]: '2' });
      const attempt = from('192.0.2.1');
      await fail(throttle, attempt, attempt);
      await throttle.succeeded(attempt);
      await refusalOf(throttle, attempt);
    },
  );

  it('refuses an address for an hour after failures for any names', async () => {
    const throttle = throttleWith({ ADDRESS_MAX_FAILURES: '2' });
    await fail(throttle, from('192.0.2.1', 'julia'), attemptOf('nobody', null, '192.0.2.1'));
    const refusal = await refusalOf(throttle, from('192.0.2.1'));
    expect(refusal).toMatchObject({ reached: '192.0.2.1', retryAfterSeconds: 3600 });
    await throttle.admit(from('192.0.2.2'));
  });

  it('takes the addresses of an IPv6 network for one', async () => {
    const throttle = throttleWith({ ADDRESS_MAX_FAILURES: '2', LOGIN_MAX_FAILURES: '2' });
    await fail(throttle, from('2001:db8:0:7::1'), from('2001:db8:0:7::2'));
    await refusalOf(throttle, from('2001:db8:0:7:ffff::3'));
    await throttle.admit(from('2001:db8:0:8::1'));
  });

  it('refuses a name everywhere after failures from any addresses, with or without an account', async () => {
    const throttle = throttleWith({ ACCOUNT_MAX_FAILURES: '2', ACCOUNT_WINDOW: '600' });
    for (const [name, id] of [['miguel', userId] as const, ['nobody', null] as const]) {
      await fail(throttle, attemptOf(name, id, '192.0.2.1'), attemptOf(name, id, '192.0.2.2'));
      const refusal = await refusalOf(throttle, attemptOf(name, id, '192.0.2.3'));
      expect(refusal.retryAfterSeconds).toBe(600);
    }
    await throttle.admit(from('192.0.2.3', 'julia'));
  });

  it('lets others’ failures shut no one out at an address of a log-in within 30 days', async () => {
    const throttle = throttleWith({
      ...{ LOGIN_MAX_FAILURES: '2', ADDRESS_MAX_FAILURES: '3', ACCOUNT_MAX_FAILURES: '3' },
    });
    const home = from('192.0.2.1');
    await audit.recordAlone({ type: 'login.succeeded', userId, client: home.client });
    clock.ms += 30 * DAY_MS - 1;
    await fail(throttle, from('192.0.2.2'), from('192.0.2.2'), from('192.0.2.3'));
    await fail(throttle, ...['julia', 'susan', 'david'].map((name) => from('192.0.2.1', name)));
    await refusalOf(throttle, from('192.0.2.4'));
    await refusalOf(throttle, attemptOf('nobody', null, '192.0.2.1'));
    await throttle.admit(home);
    clock.ms += 1;
    await refusalOf(throttle, home);
  });

  it('refuses a name at a known address after its own failures there', async () => {
    const throttle = throttleWith({ LOGIN_MAX_FAILURES: '2', ACCOUNT_MAX_FAILURES: '2' });
    const home = from('192.0.2.1');
    await audit.recordAlone({ type: 'login.succeeded', userId, client: home.client });
    await fail(throttle, home, home);
    expect((await refusalOf(throttle, home)).retryAfterSeconds).toBe(60);
    // The longer of two limits is told if the address is not known.
    const elsewhere = from('192.0.2.2');
    await throttle.failed(elsewhere);
    await throttle.failed(elsewhere);
    expect((await refusalOf(throttle, elsewhere)).retryAfterSeconds).toBe(3600);
  });

  it('refuses nothing if the limits are 0', async () => {
    const throttle = throttleWith({});
    await fail(throttle, ...Array.from({ length: 200 }, () => from('192.0.2.1')));
    await throttle.admit(from('192.0.2.1'));
  });

  it('tells the owner of one refusal in a minute, and the log of each', async () => {
    const throttle = throttleWith({ LOGIN_MAX_FAILURES: '1' });
    const attempt = { ...from('192.0.2.1'), sessionId: 'the-session' };
    const refusal = new TooManyFailures('the pair', 60_000);
    for (let time = 0; time < 3; time += 1) await note(throttle, attempt, refusal);
    const event = { userId, sessionId: 'the-session', outcome: 'failure', atMs: START_MS };
    expect(await audit.eventsOf(userId, 10)).toMatchObject([{ ...event, type: 'login.throttled' }]);
    expect(warnings).toHaveLength(3);
    expect(warnings[2]).toMatchObject({ event: 'login.throttled', userId, address: '192.0.2.1' });
    clock.ms += 60_000;
    await note(throttle, attempt, refusal);
    expect(await audit.eventsOf(userId, 10)).toHaveLength(2);
  });

  it('keeps no row of a refused name that no account has, and names it nowhere', async () => {
    const throttle = throttleWith({ LOGIN_MAX_FAILURES: '1' });
    const attempt = attemptOf('open-sesame', null, '192.0.2.1');
    await fail(throttle, attempt);
    const refusal = await refusalOf(throttle, attempt);
    await note(throttle, attempt, refusal);
    const ofNobody = { userId: IsNull() };
    const rows = await database.read((manager) => manager.countBy(SecurityEvent, ofNobody));
    expect([rows, warnings.length]).toEqual([0, 1]);
    expect(JSON.stringify([warnings, refusal.reached])).not.toContain('open-sesame');
  });

  it('keeps the row of an account also if an unknown name was refused at the same limit before', async () => {
    const throttle = throttleWith({ ADDRESS_MAX_FAILURES: '1' });
    const refusal = new TooManyFailures('the address', 60_000);
    await note(throttle, attemptOf('open-sesame', null, '192.0.2.1'), refusal);
    await note(throttle, from('192.0.2.1'), refusal);
    expect(await audit.eventsOf(userId, 10)).toMatchObject([{ type: 'login.throttled' }]);
  });
});
