import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve(__dirname, '../..');

/** What docker-compose makes of the file with these secrets; it needs no engine for that. */
function compose(secrets: Record<string, string>, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync('docker-compose', [...args, 'config'], {
    cwd: FOLDER,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...secrets },
  });
  return { status, stdout, stderr };
}

const SECRETS = {
  JWT_KEY: 'a key of the operator',
  POSTGRES_PASSWORD: 'a password of the operator',
};

describe('The compose file', () => {
  it('is valid, with and without the cluster', () => {
    expect(compose(SECRETS).status).toBe(0);
    const cluster = compose(SECRETS, '--profile', 'cluster');
    expect(cluster.status).toBe(0);
    expect(cluster.stdout).toMatch(/^ {2}nginx:$/m);
  });

  it('brings a Prometheus that reads what is shipped for it, if one is wanted', () => {
    const { status, stdout } = compose(SECRETS, '--profile', 'monitoring');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}prometheus:$[^]*?^ {4}profiles:\n {4}(?: {2})?- monitoring$/m);
    for (const name of ['prometheus.yml', 'alerts.yml']) {
      const source = resolve(FOLDER, 'deploy/monitoring', name);
      expect(existsSync(source)).toBe(true);
      expect(stdout).toContain(source);
    }
    expect(compose({ ...SECRETS, METRICS: 'true' }).stdout).toMatch(/METRICS: ['"]true['"]\n/);
  });

  it('lets instances believe nginx which client asks, and no one else', () => {
    const [, nginx] = compose(SECRETS, '--profile', 'cluster').stdout.split(/^ {2}nginx:$/m);
    const address = /^ {8}ipv4_address: (\S+)$/m.exec(nginx ?? '')?.[1];
    const { stdout } = compose(SECRETS);
    expect(stdout).toContain(`TRUST_PROXY: ${address}\n`);
    // Its gateway stands for everybody on the host: whatever comes by a published port.
    expect(stdout).toContain('gateway: 172.31.240.1\n');
    expect(stdout).toContain('ip_range: 172.31.240.128/25\n');
    expect(address).toBe('172.31.240.2');
    expect(compose({ ...SECRETS, TRUST_PROXY: '1' }).stdout).toContain("TRUST_PROXY: '1'\n");
  });

  it('takes the secrets from the environment', () => {
    const { stdout } = compose(SECRETS);
    for (const secret of Object.values(SECRETS)) expect(stdout).toContain(secret);
  });

  it.each(Object.keys(SECRETS))('says what to set if %s is missing', (name) => {
    const { status, stderr } = compose({ ...SECRETS, [name]: '' });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`set ${name}`);
  });
});
