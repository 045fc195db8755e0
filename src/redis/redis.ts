import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadlines, type Deadline } from '../common/deadlines.js';
import { LogThrottle } from '../common/log-throttle.js';
import { Env } from '../config/env.js';
import type { StoreOperation } from '../metrics/labels.js';
import type { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../problems/errors.js';
import type { RedisHandle } from './redis-client.js';
import {
  REDIS_DEADLINE_MS,
  REDIS_PROBE_MS,
  REDIS_READ_ONLY_MS,
  REDIS_SILENCE_MS,
} from './redis-limits.js';
import { readServers, warningsOf, WRITE_NOTHING, type ServerFacts } from './server-facts.js';

/** A Lua script, and the digest that Redis knows it by. */
export class RedisScript {
  readonly sha1: string;

  constructor(readonly source: string) {
    this.sha1 = createHash('sha1').update(source).digest('hex');
  }
}

/**
 * The one connection to Redis. Whatever keeps it from answering in time is a `service-unavailable`.
 * It knows which server it speaks to: a server that was restarted, or promoted from a replica, may have
 * gone back in time.
 */
@Injectable()
export class Redis implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly failures = new LogThrottle(1_000);
  private readonly readOnly = new LogThrottle(REDIS_READ_ONLY_MS);
  private readonly deadlines = new Deadlines(
    REDIS_DEADLINE_MS,
    () => new Error(`No answer within ${REDIS_DEADLINE_MS} ms`),
  );
  private facts: ServerFacts | undefined;
  private warnings: string[] = [];
  private probing: Promise<void> | undefined;
  private isStopping = false;
  /** Before it was connected once, the attempts to connect tell what is wrong. */
  private wasConnected = false;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly env: Env,
    private readonly metrics: Metrics,
    private readonly handle: RedisHandle,
  ) {}

  /** Loads the client first, which a service without Redis does not need. */
  static async create(env: Env, metrics: Metrics): Promise<Redis> {
    const { createRedis } = await import('./redis-client.js');
    return new Redis(env, metrics, createRedis(env));
  }

  onModuleInit(): void {
    const { client } = this.handle;
    client.on('error', (error) => this.logSeldom(error));
    // Another server may have taken the place of the one that was read.
    client.on('ready', () => this.forgetServer());
    client.on('node-ready', () => this.forgetServer());
    void this.connectEventually();
    this.timer = setInterval(() => this.beat(), REDIS_PROBE_MS).unref();
  }

  onApplicationShutdown(): void {
    this.isStopping = true;
    clearInterval(this.timer);
    this.deadlines.stop();
    this.facts = undefined;
    this.handle.client.destroy();
  }

  /** Which server answers, as far as it is known: changes when it may have gone back in time. */
  get identity(): string | undefined {
    return this.facts?.identity;
  }

  /**
   * The identity, asked for if it is not known yet.
   * @throws DomainError `service-unavailable`
   */
  async identify(): Promise<string> {
    const { identity } = await this.time('identify', () => this.answer(this.knownFacts()));
    return identity;
  }

  /** @throws DomainError `service-unavailable` */
  get(key: string): Promise<unknown> {
    return this.time('get', () => this.answer(this.handle.store.get(key)));
  }

  /** All of these keys, which are in one slot, in one step. @throws DomainError `service-unavailable` */
  getAll(keys: string[]): Promise<unknown[]> {
    // eslint-disable-next-line no-restricted-syntax -- the store knows of no prefix that mget could ignore
    return this.time('get', () => this.answer(this.handle.store.mget(...keys)));
  }

  /** Milliseconds until the key expires; less than 0 if it is gone. @throws DomainError `service-unavailable` */
  async remainingMs(key: string): Promise<number> {
    return this.time('get', () => this.answer(this.handle.store.ttl(key)));
  }

  /** @throws DomainError `service-unavailable` */
  async set(key: string, value: unknown, ttlMs: number): Promise<void> {
    await this.time('set', () => this.answer(this.handle.store.set(key, value, ttlMs)));
  }

  /** @throws DomainError `service-unavailable` */
  async delete(key: string): Promise<void> {
    await this.time('delete', () => this.answer(this.handle.store.del(key)));
  }

  /**
   * Runs a script in one atomic step. Its first argument is the time, on the server's clock, after which
   * it must not write any more, because its caller has been told that it failed.
   * @throws DomainError `service-unavailable`
   */
  async run(script: RedisScript, keys: string[], args: (string | number)[]): Promise<unknown> {
    return this.time('script', () =>
      this.answerOf((deadline) => this.runInTime(script, keys, args, deadline)),
    );
  }

  /**
   * Resolves while Redis answers, takes writes and keeps what it is given.
   * @throws DomainError `service-unavailable` otherwise, in production also if it may evict
   */
  async ping(): Promise<void> {
    await this.time('ping', () => this.pingInTime());
  }

  /** What a counter stands at; 0 if there is none. @throws DomainError `service-unavailable` */
  async counted(key: string): Promise<number> {
    return Number((await this.count(() => this.handle.store.get(key))) ?? 0);
  }

  /** For the library that counts; what it asks must go through `count`. */
  get client(): unknown {
    return this.handle.client;
  }

  /** @throws DomainError `service-unavailable` */
  async count<T>(ask: () => Promise<T>): Promise<T> {
    return this.time('count', () => this.answer(ask()));
  }

  private async runInTime(
    script: RedisScript,
    keys: string[],
    args: (string | number)[],
    deadline: Deadline,
  ): Promise<unknown> {
    const once = () => this.runOnce(script, keys, args, deadline);
    return once().catch((error: unknown) => {
      // If the process stood still before it could send it. The script wrote nothing, and its caller still waits.
      if (deadline.remainingMs > 0 && String(error).includes('LATE')) return once();
      throw error;
    });
  }

  private async runOnce(
    script: RedisScript,
    keys: string[],
    args: (string | number)[],
    deadline: Deadline,
  ): Promise<unknown> {
    const { clockOffsetMs } = await this.knownFacts();
    const deadlineMs = Math.floor(clockOffsetMs + performance.now() + deadline.remainingMs);
    const options = { keys, arguments: [deadlineMs, ...args].map(String) };
    return this.handle.client.evalSha(script.sha1, options).catch((error: unknown) => {
      if (!String(error).includes('NOSCRIPT')) throw error;
      return this.handle.client.eval(script.source, options);
    });
  }

  private async pingInTime(): Promise<void> {
    const [{ evictionPolicy }] = await this.answer(
      Promise.all([this.knownFacts(), this.handle.askMasters(WRITE_NOTHING)]),
    );
    if (evictionPolicy && this.env.isProduction) {
      throw new DomainError('service-unavailable', {
        detail: `Redis evicts tokens (maxmemory-policy ${evictionPolicy}): set it to noeviction`,
      });
    }
  }

  /** A single server's client goes on trying by itself; a cluster's gives up when no node answers. */
  private async connectEventually(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.handle.connect();
        this.wasConnected = true;
        return;
      } catch (error) {
        this.logSeldom(error as Error);
        await sleep(REDIS_PROBE_MS, undefined, { ref: false });
      }
    }
  }

  private async knownFacts(): Promise<ServerFacts> {
    if (!this.facts) await this.probe();
    if (!this.facts) throw new Error('The server has not told which one it is');
    return this.facts;
  }

  private beat(): void {
    if (this.handle.connections.beat()) {
      this.logSeldom(new Error(`no answer for ${REDIS_SILENCE_MS} ms`));
    }
    void this.probe();
  }

  private forgetServer(): void {
    this.facts = undefined;
    void this.probe();
  }

  private async probe(): Promise<void> {
    this.probing ??= this.readFacts().finally(() => {
      this.probing = undefined;
    });
    return this.probing;
  }

  private async readFacts(): Promise<void> {
    try {
      const facts = await readServers(this.handle.askMasters);
      this.warnOf(facts);
      this.facts = facts;
    } catch (error) {
      this.facts = undefined;
      if (this.wasConnected) this.logSeldom(error as Error);
    }
  }

  private warnOf(facts: ServerFacts): void {
    const warnings = warningsOf(facts);
    for (const warning of warnings) {
      if (!this.warnings.includes(warning)) this.logger.warn(warning);
    }
    this.warnings = warnings;
  }

  private time<T>(operation: StoreOperation<'redis'>, ask: () => Promise<T>): Promise<T> {
    return this.metrics.store('redis', operation, ask);
  }

  private async answer<T>(asked: Promise<T>): Promise<T> {
    return this.answerOf(() => asked);
  }

  private async answerOf<T>(ask: (deadline: Deadline) => Promise<T>): Promise<T> {
    try {
      return await this.deadlines.run(ask);
    } catch (error) {
      // A primary that was made a replica keeps its connections, and another may have its address now.
      if (String(error).includes('READONLY')) {
        this.readOnly.report(() => this.handle.connections.renew());
      }
      throw unavailable(error);
    }
  }

  private logSeldom(error: Error): void {
    // What is still asked when the service ends is no fault of Redis.
    if (this.isStopping) return;
    this.failures.report((note) =>
      this.logger.error(`Redis does not answer: ${error.message || error.name}${note}`),
    );
  }
}

function unavailable(cause: unknown): DomainError {
  return new DomainError('service-unavailable', {
    detail: 'The token store cannot answer right now: try again shortly',
    cause,
  });
}
