import { withinDeadline } from '../common/deadline.js';
import { clockFinding, type Finding } from '../common/finding.js';
import type { Env } from '../config/env.js';
import type { RedisHandle } from './redis-client.js';
import type { Sentinels } from './sentinels.js';
import { fieldsOf, savesAtAll, timeMs, WRITE_NOTHING, type AskEach } from './server-facts.js';

/** For everything together: an operator waits longer than a client. */
const LIMIT_MS = 5_000;

const OLDEST_MAJOR_VERSION = 7;

/** What waiting does not mend: a user, a certificate, or a name that will not do. */
const REFUSAL = /\b(WRONGPASS|NOAUTH|NOPERM)\b|certificate|No sentinel knows/;

/** Whether the configured Redis can be used, without changing anything in it. */
export async function checkRedis(env: Env): Promise<Finding[]> {
  const { createRedis } = await import('./redis-client.js');
  const handle = createRedis(env);
  let reason = 'it is silent';
  handle.client.on('error', (error) => {
    reason = error.message || error.name;
  });
  try {
    return await withinDeadline(ask(handle), LIMIT_MS, () => new Error(reason));
  } catch (error) {
    return [failed((error as Error).message)];
  } finally {
    handle.client.destroy();
  }
}

function failed(reason: string): Finding {
  return REFUSAL.test(reason)
    ? { verdict: 'wrong', message: `Redis cannot be used: ${reason}` }
    : { verdict: 'unreachable', message: `Redis does not answer: ${reason}` };
}

async function ask(handle: RedisHandle): Promise<Finding[]> {
  await handle.connect();
  const { askMasters, sentinels } = handle;
  return [
    { verdict: 'ok', message: 'Redis answers' },
    ...(await versionsOf(askMasters)),
    ...(sentinels ? [await sentinelsOf(sentinels), await failoverOf(askMasters)] : []),
    await writesOf(askMasters),
    ...(await settingsOf(askMasters)),
    await clockOf(askMasters),
  ];
}

async function sentinelsOf(sentinels: Sentinels): Promise<Finding> {
  const { all, knowing } = await sentinels.count();
  const message = `${knowing} of ${all} sentinels answer and know the primary`;
  return { verdict: knowing < all ? 'warning' : 'ok', message };
}

/** A primary without this setting does not tell how many replicas are in step. */
async function failoverOf(askMasters: AskEach): Promise<Finding> {
  const infos = await orNothing(askMasters(['INFO', 'replication']));
  const fields = infos?.map((info) => fieldsOf(String(info))) ?? [];
  if (fields.some(({ min_slaves_good_slaves }) => min_slaves_good_slaves !== undefined)) {
    return { verdict: 'ok', message: 'min-replicas-to-write is set' };
  }
  const message =
    'A failover may lose any number of the latest log-ins: set min-replicas-to-write to 1';
  return { verdict: 'warning', message };
}

async function writesOf(askMasters: AskEach): Promise<Finding> {
  try {
    await askMasters(WRITE_NOTHING);
    return { verdict: 'ok', message: 'It takes writes' };
  } catch (error) {
    return { verdict: 'wrong', message: `It takes no writes: ${(error as Error).message}` };
  }
}

async function versionsOf(askMasters: AskEach): Promise<Finding[]> {
  const infos = await orNothing(askMasters(['INFO', 'server']));
  const versions = infos?.map((info) => fieldsOf(String(info)).redis_version ?? '') ?? [];
  return versions.filter(isTooOld).map((version) => ({
    verdict: 'wrong',
    message: `Redis ${version} is too old: ${OLDEST_MAJOR_VERSION} or later is needed`,
  }));
}

/** Whether a version of Redis lacks what the service needs; one that cannot be read is not judged. */
export function isTooOld(version: string): boolean {
  return Number.parseInt(version, 10) < OLDEST_MAJOR_VERSION;
}

async function settingsOf(askMasters: AskEach): Promise<Finding[]> {
  const infos = await orNothing(askMasters(['INFO', 'memory', 'persistence']));
  if (!infos) {
    const message = 'INFO is refused, and the service needs it: let its user run +info';
    return [{ verdict: 'wrong', message }];
  }
  const servers = infos.map((info) => fieldsOf(String(info)));
  const saves = await orNothing(askMasters(['CONFIG', 'GET', 'save']));
  return [
    policyOf(servers.map(({ maxmemory_policy }) => maxmemory_policy)),
    persistenceOf(
      servers.every(({ aof_enabled }) => aof_enabled === '1'),
      saves?.every(savesAtAll),
    ),
  ];
}

function policyOf(policies: (string | undefined)[]): Finding {
  const evicting = policies.find((policy) => policy !== undefined && policy !== 'noeviction');
  if (evicting !== undefined) {
    const message = `maxmemory-policy is ${evicting}, and may log people out: set it to noeviction`;
    return { verdict: 'wrong', message };
  }
  if (policies.includes(undefined)) {
    return { verdict: 'unknown', message: 'maxmemory-policy cannot be asked' };
  }
  return { verdict: 'ok', message: 'maxmemory-policy is noeviction' };
}

function persistenceOf(isAppending: boolean, isSaving: boolean | undefined): Finding {
  if (isAppending) return { verdict: 'ok', message: 'appendonly is on' };
  if (isSaving === undefined) {
    const message = 'appendonly is off, and whether Redis takes snapshots (save) cannot be asked';
    return { verdict: 'unknown', message };
  }
  const advice = 'set appendonly to yes';
  return isSaving
    ? {
        verdict: 'warning',
        message: `Redis takes snapshots alone: its restart logs out who came after the last; ${advice}`,
      }
    : {
        verdict: 'warning',
        message: `Redis keeps nothing on disk: its restart logs everybody out; ${advice}`,
      };
}

async function clockOf(askMasters: AskEach): Promise<Finding> {
  const beforeMs = Date.now();
  const times = await orNothing(askMasters(['TIME']));
  if (!times) {
    const message = 'TIME is refused, and the service needs it: let its user run +time';
    return { verdict: 'wrong', message };
  }
  const localMs = (beforeMs + Date.now()) / 2;
  const offsets = times.map((time) => timeMs(time) - localMs);
  const furthest = offsets.sort((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0;
  return clockFinding('Redis', furthest);
}

/** What a user with few rights may not ask. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (/NOPERM/.test((error as Error).message)) return undefined;
    throw error;
  }
}
