import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server, temporaryDirectory } from '../support/server.js';

const ROOT = resolve(__dirname, '../..');

interface Service {
  environment: Record<string, string>;
  secrets?: { source: string }[];
  profiles?: string[];
  volumes?: string[];
  networks?: { default: { ipv4_address: string } };
}

interface Composition {
  services: Record<string, Service>;
  networks: { default: { ipam: { config: Record<string, string>[] } } };
  secrets: Record<string, { file: string }>;
}

/** What docker-compose makes of the file in these variables; it needs no engine for that. */
function compose(variables: Record<string, string> = {}, ...args: string[]): Composition {
  const { status, stdout, stderr } = spawnSync('docker-compose', [...args, 'config'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...variables },
  });
  if (status !== 0) throw new Error(stderr);
  return parse(stdout) as Composition;
}

/** With no variable set. */
const plain = compose();

describe('The compose file', () => {
  it('is valid, with and without the cluster', () => {
    const cluster = compose({}, '--profile', 'cluster');
    expect(Object.keys(plain.services)).toEqual(
      expect.arrayContaining(['api', 'postgres', 'redis']),
    );
    expect(cluster.services.nginx?.profiles).toEqual(['cluster']);
  });

  it('brings a Prometheus that reads what is shipped for it, if one is wanted', () => {
    const { prometheus } = compose({}, '--profile', 'monitoring').services;
    expect(prometheus?.profiles).toEqual(['monitoring']);
    for (const name of ['prometheus.yml', 'alerts.yml']) {
      const source = join(ROOT, 'deploy/monitoring', name);
      expect(existsSync(source)).toBe(true);
      expect(JSON.stringify(prometheus?.volumes)).toContain(source);
    }
    expect(compose({ METRICS: 'true' }).services.api?.environment.METRICS).toBe('true');
  });

  it('lets instances believe nginx which client asks, and no one else', () => {
    const { services, networks } = compose({}, '--profile', 'cluster');
    const address = services.nginx?.networks?.default.ipv4_address;
    expect(address).toBe('172.31.240.2');
    expect(services.api?.environment.TRUST_PROXY).toBe(address);
    // Its gateway stands for everybody on the host: whatever comes by a published port.
    expect(networks.default.ipam.config).toEqual([
      expect.objectContaining({ gateway: '172.31.240.1', ip_range: '172.31.240.128/25' }),
    ]);
    const others = compose({ TRUST_PROXY: '1' });
    expect(others.services.api?.environment.TRUST_PROXY).toBe('1');
  });

  it('hands over its secrets as files alone, to those who need them', () => {
    const { services, secrets } = compose({ JWT_KEY: 'canary', POSTGRES_PASSWORD: 'canary' });
    expect(JSON.stringify(services)).not.toContain('canary');
    const named = Object.values(services).flatMap(({ environment = {}, secrets: own = [] }) => {
      const paths = Object.entries(environment)
        .filter(([name, path]) => name.endsWith('_FILE') && path !== '')
        .map(([, path]) => path);
      const mounted = own.map(({ source }) => `/run/secrets/${source}`);
      expect(mounted).toEqual(expect.arrayContaining(paths));
      return own.map(({ source }) => source);
    });
    expect(named.sort()).toEqual(Object.keys(secrets).sort());
  });
});

describe('The secrets of the compose file', () => {
  const folder = temporaryDirectory();
  const script = join(folder, 'deploy/compose/make-secrets.sh');
  const make = () => execFileSync('sh', [script]);
  const contents = () =>
    Object.fromEntries(
      readdirSync(join(folder, 'secrets')).map((name) => [
        name,
        readFileSync(join(folder, 'secrets', name), 'utf8'),
      ]),
    );

  beforeAll(() => {
    cpSync(join(ROOT, 'deploy'), join(folder, 'deploy'), { recursive: true });
    make();
  });

  it('are made by one command, where it looks for them', () => {
    const files = Object.values(plain.secrets).map(({ file }) => basename(file));
    expect(Object.keys(contents()).sort()).toEqual(files.sort());
  });

  it('can be read by any user of a container, and on the machine by their owner alone', () => {
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    for (const name of Object.keys(contents())) {
      expect(statSync(join(folder, 'secrets', name)).mode & 0o777).toBe(0o644);
    }
  });

  it('stay as they are if it is called again', () => {
    const before = contents();
    make();
    expect(contents()).toEqual(before);
  });

  it('are those with which the service starts', async () => {
    const { api } = plain.services;
    const password = contents()['postgres-password']?.trim() ?? '-';
    expect(contents()['database-url']).toContain(`gatehouse:${password}@postgres:5432`);
    // The stores of the test in the place of the composition's.
    writeFileSync(join(folder, 'secrets/database-url'), `${await newPostgresDatabase()}\n`);
    const own = Object.entries(api?.environment ?? {}).map(([name, value]) => [
      name,
      value.replace('/run/secrets', join(folder, 'secrets')),
    ]);
    const variables = { ...Object.fromEntries(own), REDIS_URL: newRedisDatabase() } as Record<
      string,
      string
    >;
    const { client } = await Server.start(variables);
    const { token } = await client.newSession();
    expect(await client.accepts(token)).toBe(true);
  });
});
