import { execFileSync } from 'node:child_process';
import { Guide } from '../support/guide.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/processes.mjs';
import { newRedisDatabase } from '../support/redis.js';
import { bootSystemd, canBootSystemd } from '../support/systemd.js';

const onSystemd = canBootSystemd ? it : it.skip;

onSystemd(
  'Systemd runs the service as its unit says, on SQLite, then on other stores',
  async () => {
    const inside = await bootSystemd();
    const ask = (...words: string[]) =>
      execFileSync('env', [...inside, ...words], { encoding: 'utf8' });
    const [one, other] = [await freePort(), await freePort()];
    const guide = new Guide('docs/guides/systemd.md', {
      inside,
      replacements: {
        '3000': String(one),
        '3001': String(other),
        'postgres://gatehouse:PASSWORD@127.0.0.1:5432/gatehouse': await newPostgresDatabase(),
        'redis://127.0.0.1:6379': newRedisDatabase(),
      },
    });
    await guide.prepare('unset -f systemctl');
    await guide.follow();

    const unit = `gatehouse@${one}`;
    const pid = ask('systemctl', 'show', '--value', '-p', 'MainPID', unit).trim();
    const status = ask('cat', `/proc/${pid}/status`);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    const environment = ask('cat', `/proc/${pid}/environ`).split('\0');
    expect(environment).toContain(`JWT_KEY_FILE=/run/credentials/${unit}.service/jwt-key`);
    expect(environment).toContain(`DATA_KEY_FILE=/run/credentials/${unit}.service/data-key`);
    expect(environment.join('\n')).not.toContain('://');

    ask('systemctl', 'stop', unit);
    expect(ask('systemctl', 'show', '-p', 'ExecMainCode', '-p', 'ExecMainStatus', unit)).toBe(
      'ExecMainCode=1\nExecMainStatus=0\n',
    );
  },
  120_000,
);
