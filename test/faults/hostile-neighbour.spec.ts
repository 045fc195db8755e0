import { hash as bcrypt } from '@node-rs/bcrypt';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse } from '../support/cli.js';
import { ClientAt } from '../support/client-at.js';
import { type Account, type Answer, claimsOf, uniqueName } from '../support/client.js';
import type { Server } from '../support/server.js';
import { renew } from '../support/tokens.js';
import { HostileAddress } from './hostile-address.js';

const HOSTILE_ADDRESS = '127.0.0.2';
const OTHER_ADDRESS = '127.0.0.3';

/** What a log-in may wait for its turn, and what hashing and the answer take; with threefold room for a busy machine. */
const ANSWER_LIMIT_MS = 3 * 6_000;

/** Of each kind, on each database: together they last for a minute. */
const LASTING_MS = 3_750;
/** How long it may take on a busy machine until the attack is at its worst. */
const LONGEST_MS = 20_000;
const EVERY_MS = 1_000;

/** Beyond what may wait from one address. */
const CONNECTIONS = 150;

/** So many answers show that the attack was under way, also on a busy machine. */
const BITES = 20;
const SILENT = 1_000;

const NO_LIMITS = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };
const STRICT_LIMITS = { ADDRESS_MAX_FAILURES: '5' };

/** Each takes as long as a dozen of the service's own. */
const BCRYPT_COST = 12;

interface Attack {
  readonly how: string;
  readonly limits?: Record<string, string>;
  begin: (hostile: HostileAddress, token: string) => void;
  /** What shows that it did its worst. */
  worst: (hostile: HostileAddress) => Record<string, boolean>;
}

const heard = ({ heard: counts }: HostileAddress, status: number) => counts.get(status) ?? 0;

const ATTACKS: Attack[] = [
  {
    how: 'guesses at passwords over 150 connections',
    begin: (hostile) => hostile.flood(CONNECTIONS),
    worst: (hostile) => ({
      isHashedFor: heard(hostile, 401) > 0,
      isRefused: heard(hostile, 503) > BITES,
    }),
  },
  {
    how: 'goes on through 429 over 150 connections',
    limits: STRICT_LIMITS,
    begin: (hostile) => hostile.flood(CONNECTIONS),
    worst: (hostile) => ({ isThrottled: heard(hostile, 429) > BITES }),
  },
  {
    how: 'abandons its log-ins',
    begin: (hostile) => hostile.abandon(CONNECTIONS / 6),
    worst: ({ abandoned }) => ({ hasAsked: abandoned > BITES }),
  },
  {
    how: 'drips headers and bodies',
    begin: (hostile) => hostile.drip(CONNECTIONS),
    worst: ({ open }) => ({ isConnected: open > CONNECTIONS / 2 }),
  },
  {
    how: 'pipelines its log-ins',
    // Together they wait for more hashes than may wait.
    begin: (hostile) => hostile.pipeline(CONNECTIONS / 10),
    worst: (hostile) => ({ isHashedFor: heard(hostile, 401) > 0 }),
  },
  {
    how: 'renews without a pause',
    begin: (hostile, token) => hostile.renew(token, CONNECTIONS / 10),
    worst: (hostile) => ({ isRenewed: heard(hostile, 200) > BITES }),
  },
  {
    how: 'is silent on a thousand connections',
    begin: (hostile) => hostile.beSilent(SILENT),
    worst: ({ open }) => ({ isConnected: open > SILENT / 2 }),
  },
  {
    how: 'does all of it at once',
    begin: (hostile, token) => {
      hostile.flood(CONNECTIONS);
      hostile.abandon(CONNECTIONS / 30);
      hostile.drip(CONNECTIONS / 5);
      hostile.pipeline(CONNECTIONS / 50);
      hostile.renew(token, CONNECTIONS / 50);
      hostile.beSilent(SILENT / 5);
    },
    worst: (hostile) => ({
      isRefused: heard(hostile, 503) > BITES,
      isRenewed: heard(hostile, 200) > 0,
    }),
  },
];

/** Accounts whose hashes came from elsewhere and take long. */
async function importAccounts(server: Server): Promise<string[]> {
  const usernames = [uniqueName('slow'), uniqueName('slow'), uniqueName('slow')];
  const encoded = await bcrypt('whatever it was', BCRYPT_COST);
  const rows = usernames.map((username) => `${username},${encoded}\n`);
  const csv = `username,password_hash\n${rows.join('')}`;
  expect(await gatehouse(server, ['users', 'import', '-'], csv)).toMatchObject({ code: 0 });
  return usernames;
}

/** The answer, if it is a success and came in time. */
async function prompt(request: Promise<Answer>): Promise<Answer> {
  const startedMs = performance.now();
  const answer = await request;
  // The text says why, if it is no success.
  expect(answer.status === 200 ? '' : `${answer.status} ${answer.text}`).toBe('');
  expect(performance.now() - startedMs).toBeLessThan(ANSWER_LIMIT_MS);
  return answer;
}

/** Logs in, reads and renews; every answer is what it should be. @returns the newest token */
async function liveOn(client: ClientAt, account: Account): Promise<string> {
  const { id, username, password } = account;
  const read = async (bearer: string) => {
    const { body } = await prompt(client.get('/user', { bearer }));
    expect(body.user).toEqual({ id, username });
  };
  const json = { username, password };
  const token = (await prompt(client.post('/authenticate_user', { json }))).body.token as string;
  expect(claimsOf(token).sub).toBe(String(id));
  await read(token);
  const next = (await prompt(renew(client, token))).body.token as string;
  expect(claimsOf(next).sid).toBe(claimsOf(token).sid);
  expect(claimsOf(next).jti).not.toBe(claimsOf(token).jti);
  await read(next);
  return next;
}

describeOnEachDatabase('While an address', (start) => {
  const servers = new Map<Attack['limits'], { server: Server; usernames: string[] }>();

  beforeAll(async () => {
    for (const limits of [undefined, STRICT_LIMITS]) {
      const server = await start(limits ?? NO_LIMITS);
      servers.set(limits, { server, usernames: await importAccounts(server) });
    }
  }, 60_000);

  it.each(ATTACKS)(
    '$how, another one logs in, reads and renews as ever (F53)',
    async ({ limits, begin, worst }) => {
      const { server, usernames } = servers.get(limits)!;
      const client = new ClientAt(server.url, OTHER_ADDRESS);
      const account = await client.register();
      const { token } = await server.client.newSession();
      const hostile = new HostileAddress(server.port, HOSTILE_ADDRESS, [
        ...usernames,
        ...usernames.map((username) => `${username}-unknown`),
      ]);
      const beganMs = performance.now();
      const notShown = () => Object.entries(worst(hostile)).filter(([, isSo]) => !isSo);
      let newest: string | undefined;
      begin(hostile, token);
      try {
        for (
          let lastedMs = 0;
          lastedMs < LASTING_MS || (notShown().length > 0 && lastedMs < LONGEST_MS);
          lastedMs = performance.now() - beganMs
        ) {
          await sleep(EVERY_MS);
          const earlier = newest;
          newest = await liveOn(client, account);
          if (earlier !== undefined) await prompt(renew(client, earlier));
        }
        // Were it any less, the answers would say little.
        expect(notShown()).toEqual([]);
      } finally {
        await hostile.stop();
      }
      expect(server.hasEnded).toBe(false);
    },
    60_000,
  );
});
