import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newPrivateKey } from '../../src/config/new-keys.js';
import type { Account, Answer } from '../support/client.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server, type Variables } from '../support/server.js';
import { publishedKey, publishedSet, resigned } from '../support/token-keys.js';
import { datesOf, forge, nowSeconds, untilSecond } from '../support/tokens.js';

const TOKEN_TTL = 15;
const TOKEN_RENEW_GRACE = 5;

/** How long before its expiry a token is last used: no request takes so long. */
const SPARE_SECONDS = 3;

/** Between two requests of a busy client: what else runs on the machine gets its turn. */
const BREATH_MS = 40;

/** How long the instances serve side by side after each restart. */
const TOGETHER_MS = 1_500;

const key = () => randomBytes(48).toString('base64');

/** Two instances of which a balancer asks one that is up, and lets none end that it still waits for. */
class Instances {
  private readonly running: Server[] = [];
  private readonly up: Server[] = [];
  private readonly asked = new Map<Server, Set<Promise<Answer>>>();
  private turn = 0;

  static async start(variables: Record<string, string>): Promise<Instances> {
    const instances = new Instances();
    instances.admit(await Server.start(variables));
    instances.admit(await Server.start(variables));
    return instances;
  }

  get all(): readonly Server[] {
    return this.running;
  }

  ask(method: string, path: string, bearer?: string, json?: object): Promise<Answer> {
    const server = this.up[this.turn++ % this.up.length]!;
    const options = { ...(bearer !== undefined && { bearer }), ...(json && { json }) };
    const answer = server.client.request(method, path, options);
    const open = this.asked.get(server)!;
    open.add(answer);
    return answer.finally(() => open.delete(answer));
  }

  /** Restarts one after the other with these keys. */
  async enter(keys: Variables): Promise<void> {
    for (const server of [...this.running]) {
      this.up.splice(this.up.indexOf(server), 1);
      await Promise.allSettled(this.asked.get(server)!);
      this.running.splice(this.running.indexOf(server), 1);
      this.admit(await server.restart(keys));
      await sleep(TOGETHER_MS);
    }
  }

  private admit(server: Server): void {
    this.running.push(server);
    this.up.push(server);
    this.asked.set(server, new Set());
  }
}

/** Clients that use, renew, log in and log out all the time, and what they were told. */
class Traffic {
  readonly loggedOut: string[] = [];
  /** Answers that a client with a good token must not hear. */
  readonly complaints: string[] = [];
  readonly counts = { used: 0, renewed: 0, renewedLate: 0, loggedIn: 0 };
  private isOver = false;
  private readonly loops: Promise<void>[];

  constructor(
    private readonly instances: Instances,
    accounts: { busy: Account[]; patient: Account[] },
  ) {
    this.loops = [
      ...accounts.busy.map((account) => this.liveBusily(account)),
      ...accounts.patient.map((account) => this.livePatiently(account)),
    ];
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  private async liveBusily(account: Account): Promise<void> {
    while (!this.isOver) {
      let token = await this.logIn(account);
      for (let time = 0; time < 4; time += 1) {
        await this.use(token);
        token = await this.expect200('POST', '/renew_token', token);
        this.counts.renewed += 1;
        await this.use(token);
      }
      await this.expect200('POST', '/logout', token);
      this.loggedOut.push(token);
    }
  }

  /** Uses a token as long as it lives, and renews it when it has expired. */
  private async livePatiently(account: Account): Promise<void> {
    let token = await this.logIn(account);
    while (!this.isOver) {
      const { exp } = datesOf(token);
      if (nowSeconds() < exp - SPARE_SECONDS) {
        await this.use(token);
        await sleep(50);
      } else {
        await untilSecond(exp);
        token = await this.expect200('POST', '/renew_token', token);
        this.counts.renewedLate += 1;
      }
    }
  }

  private async logIn({ username, password }: Account): Promise<string> {
    this.counts.loggedIn += 1;
    return this.expect200('POST', '/authenticate_user', undefined, { username, password });
  }

  private async use(token: string): Promise<void> {
    await this.expect200('GET', '/auth/verify', token);
    this.counts.used += 1;
  }

  /** The token in the answer, if there is one. */
  private async expect200(
    method: string,
    path: string,
    bearer?: string,
    json?: object,
  ): Promise<string> {
    const { status, body } = await this.instances.ask(method, path, bearer, json);
    if (status !== 200) this.complaints.push(`${method} ${path}: ${status}`);
    await sleep(BREATH_MS);
    return String(body?.token);
  }
}

/** Two instances under load whose keys change, stage by stage. */
class Rotation {
  private constructor(
    private readonly instances: Instances,
    private readonly traffic: Traffic,
    private readonly witness: Account,
  ) {}

  static async begin(keys: Variables): Promise<Rotation> {
    const instances = await Instances.start({
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: newRedisDatabase(),
      PUBLIC_URL: 'http://gatehouse.test',
      TOKEN_TTL: String(TOKEN_TTL),
      TOKEN_RENEW_GRACE: String(TOKEN_RENEW_GRACE),
      ...keys,
    });
    const register = () => instances.all[0]!.client.register();
    const busy = [await register(), await register()];
    const patient = [await register(), await register()];
    const witness = await register();
    return new Rotation(instances, new Traffic(instances, { busy, patient }), witness);
  }

  /** Lets all instances have these keys, and looks at what must hold whatever they are. */
  async enter(keys: Variables): Promise<void> {
    await this.instances.enter(keys);
    expect(this.traffic.loggedOut.length).toBeGreaterThan(0);
    for (const token of this.traffic.loggedOut.splice(0))
      expect(await this.statuses(token)).toEqual([401, 401]);
    expect(this.traffic.complaints).toEqual([]);
  }

  /** Resolves once no token can be renewed that was signed before. */
  async outliveTokens(): Promise<void> {
    await untilSecond(nowSeconds() + TOKEN_TTL + TOKEN_RENEW_GRACE);
  }

  /** What each instance says to a token. */
  async statuses(bearer: string): Promise<number[]> {
    const ask = ({ client }: Server) => client.get('/auth/verify', { bearer });
    return (await Promise.all(this.instances.all.map(ask))).map(({ status }) => status);
  }

  async logIn(): Promise<string> {
    return this.instances.all[0]!.client.login(this.witness);
  }

  async end(): Promise<void> {
    await this.traffic.end();
    expect(this.traffic.complaints).toEqual([]);
    expect(Math.min(...Object.values(this.traffic.counts))).toBeGreaterThan(1);
  }
}

it('The key is replaced in three stages, and no one with a good token hears 401 (S43)', async () => {
  const [old, fresh] = [key(), key()];
  const rotation = await Rotation.begin({ JWT_KEY: old });

  await rotation.enter({ JWT_KEY: old, JWT_PREVIOUS_KEYS: fresh });

  await rotation.enter({ JWT_KEY: fresh, JWT_PREVIOUS_KEYS: old });
  const freshToken = await rotation.logIn();
  expect(forge(freshToken, { key: fresh })).toBe(freshToken);
  expect(await rotation.statuses(forge(freshToken, { key: old }))).toEqual([200, 200]);
  await rotation.outliveTokens();

  await rotation.enter({ JWT_KEY: fresh, JWT_PREVIOUS_KEYS: '' });
  const lastToken = await rotation.logIn();
  expect(await rotation.statuses(lastToken)).toEqual([200, 200]);
  expect(await rotation.statuses(forge(lastToken, { key: old }))).toEqual([401, 401]);
  await rotation.end();
}, 300_000);

it('JWT_KEY makes way for a SIGNING_KEY, and that for the next, and no one with a good token hears 401 (S43)', async () => {
  const secret = key();
  const [first, second] = [newPrivateKey('ES256'), newPrivateKey('RS256')];
  const headerOf = (pem: string) => {
    const { alg, kid } = publishedKey(pem);
    return { alg, typ: 'at+jwt', kid };
  };
  const nameOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as object;
  const rotation = await Rotation.begin({ JWT_KEY: secret });

  await rotation.enter({ PUBLISHED_KEYS: publishedSet(first) });
  const secretToken = await rotation.logIn();
  expect(forge(secretToken, { key: secret })).toBe(secretToken);

  await rotation.enter({ SIGNING_KEY: first, PUBLISHED_KEYS: '' });
  const firstToken = await rotation.logIn();
  expect(nameOf(firstToken)).toEqual(headerOf(first));
  expect(await rotation.statuses(forge(firstToken, { key: secret }))).toEqual([200, 200]);
  await rotation.outliveTokens();

  await rotation.enter({ JWT_KEY: '', PUBLISHED_KEYS: publishedSet(second) });
  const stillFirst = await rotation.logIn();
  expect(await rotation.statuses(forge(stillFirst, { key: secret }))).toEqual([401, 401]);

  await rotation.enter({ SIGNING_KEY: second, PUBLISHED_KEYS: publishedSet(first) });
  const secondToken = await rotation.logIn();
  expect(nameOf(secondToken)).toEqual(headerOf(second));
  const byFirst = resigned(secondToken, headerOf(first), first);
  expect(await rotation.statuses(byFirst)).toEqual([200, 200]);
  await rotation.outliveTokens();

  await rotation.enter({ PUBLISHED_KEYS: '' });
  const lastToken = await rotation.logIn();
  expect(await rotation.statuses(lastToken)).toEqual([200, 200]);
  expect(await rotation.statuses(resigned(lastToken, headerOf(first), first))).toEqual([401, 401]);
  await rotation.end();
}, 400_000);
