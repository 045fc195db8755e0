import { createHash } from 'node:crypto';

/** Asks every master for something. @throws if none is connected */
export type AskEach = (command: string[]) => Promise<unknown[]>;

/** What must be known of the servers to trust them. */
export interface ServerFacts {
  /** Eight characters that change when a server was restarted or promoted. */
  readonly identity: string;
  /** What to add to `performance.now()` for the server's clock. */
  readonly clockOffsetMs: number;
  /** The `maxmemory-policy`, if it lets Redis drop keys before their time. */
  readonly evictionPolicy: string | undefined;
  /** Whether a server is known not to save to disk; false if it does not tell. */
  readonly forgets: boolean;
}

/**
 * Redis refuses a script that may write, before it runs, if it is full, is a replica, cannot save or has too
 * few replicas. This meets what a real write would meet, and does not write.
 */
export const WRITE_NOTHING = ['EVAL', '#!lua\nreturn 1', '0'];

/** Asks every master. @throws if one does not answer */
export async function readServers(askMasters: AskEach): Promise<ServerFacts> {
  const [infos, times, saves] = await Promise.all([
    askMasters(['INFO', 'server', 'replication', 'memory', 'persistence']),
    askMasters(['TIME']),
    // May be forbidden, and is only wanted for a warning.
    askMasters(['CONFIG', 'GET', 'save']).catch(() => undefined),
  ]);
  const fields = infos.map((info) => fieldsOf(String(info)));
  // After a promotion the process is the same, and its replication id is not.
  const names = fields.map(({ run_id, master_replid }) => `${run_id}/${master_replid}`).sort();
  const policies = fields.map(({ maxmemory_policy }) => maxmemory_policy);
  const slowest = Math.min(...times.map(timeMs));
  return {
    identity: createHash('sha256').update(names.join()).digest('base64url').slice(0, 8),
    clockOffsetMs: slowest - performance.now(),
    evictionPolicy: policies.find((policy) => policy !== undefined && policy !== 'noeviction'),
    forgets: fields.some(
      ({ aof_enabled }, index) => aof_enabled === '0' && saves && !savesAtAll(saves[index]),
    ),
  };
}

/** What an operator should change. */
export function warningsOf({ evictionPolicy, forgets }: ServerFacts): string[] {
  return [
    ...(evictionPolicy
      ? [
          `maxmemory-policy is ${evictionPolicy}: Redis may drop live tokens and log people out; ` +
            'set it to noeviction',
        ]
      : []),
    ...(forgets
      ? ['Redis keeps nothing on disk: its restart logs everybody out; set appendonly']
      : []),
  ];
}

/** The fields of an answer to INFO. */
export function fieldsOf(info: string): Record<string, string> {
  return Object.fromEntries(
    info.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}

/** An answer to TIME. */
export function timeMs(time: unknown): number {
  const [seconds, microseconds] = time as [string, string];
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}

/** Whether snapshots are taken; `CONFIG GET save` answers a map or a list, by the version of the protocol. */
export function savesAtAll(answer: unknown): boolean {
  const value: unknown = Array.isArray(answer) ? answer[1] : (answer as { save?: string }).save;
  return typeof value === 'string' && value !== '';
}
