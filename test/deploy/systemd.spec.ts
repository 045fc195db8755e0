import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from '../support/server.js';

const FOLDER = resolve(__dirname, '../../deploy/systemd');
const UNIT = 'gatehouse@.service';

/** Of 10: what systemd calls OK begins at 2, and a unit without any settings is at 9.6. */
const MAX_EXPOSURE = 1.5;

/** What systemd-analyze makes of the unit, with or without what adds PostgreSQL and Redis. */
function analyze(withStores: boolean, ...words: string[]) {
  const folder = temporaryDirectory();
  cpSync(join(FOLDER, UNIT), join(folder, UNIT));
  if (withStores) {
    const additions = join(folder, `${UNIT}.d`);
    mkdirSync(additions);
    cpSync(join(FOLDER, 'stores.conf'), join(additions, 'stores.conf'));
  }
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...words, join(folder, UNIT)], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe.each([
  ['alone', false],
  ['with PostgreSQL and Redis', true],
])('The unit of systemd (%s)', (_, withStores) => {
  it('has no line that systemd does not know', () => {
    expect(analyze(withStores, 'verify')).toEqual({ status: 0, output: '' });
  });

  it('leaves the service few rights', () => {
    const threshold = `--threshold=${MAX_EXPOSURE * 10}`;
    const { status, output } = analyze(withStores, 'security', '--offline=true', threshold);
    const [, exposure] = /Overall exposure level for gatehouse@\S+: (\S+)/.exec(output) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(MAX_EXPOSURE);
    expect(status).toBe(0);
  });
});
