import { spawnSync } from 'node:child_process';
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

  it('takes the secrets from the environment', () => {
    const { stdout } = compose(SECRETS);
    for (const secret of Object.values(SECRETS)) expect(stdout).toContain(secret);
  });

  it.each(Object.keys(SECRETS))('says what to set where %s is missing', (name) => {
    const { status, stderr } = compose({ ...SECRETS, [name]: '' });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`set ${name}`);
  });
});
