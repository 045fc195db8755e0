import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeBlocksOf, replaced } from '../support/documents.js';
import { temporaryDirectory } from '../support/server.js';

const FOLDER = resolve(__dirname, '../../deploy/systemd');
const UNIT = 'gatehouse@.service';
const unit = readFileSync(join(FOLDER, UNIT), 'utf8');
const stores = readFileSync(join(FOLDER, 'stores.conf'), 'utf8');

/** What the guide adds to the unit for some. */
const additions = codeBlocksOf('docs/guides/systemd.md')
  .filter(({ language }) => language === 'ini')
  .map(({ text }) => text);

/** Of 10: what systemd calls OK begins at 2, and a unit without any settings is at 9.6. */
const MAX_EXPOSURE = 1.5;

/** What systemd-analyze makes of the unit with these drop-ins. */
function analyze(dropIns: string[], ...words: string[]) {
  const folder = temporaryDirectory();
  // A Node that is elsewhere than the unit's users have it.
  const local = replaced(unit, { 'ExecStart=node': `ExecStart=${process.execPath}` });
  writeFileSync(join(folder, UNIT), local);
  mkdirSync(join(folder, `${UNIT}.d`));
  dropIns.forEach((text, index) => {
    writeFileSync(join(folder, `${UNIT}.d`, `${index}.conf`), text);
  });
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...words, join(folder, UNIT)], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe.each([
  ['alone', []],
  ['with PostgreSQL and Redis', [stores]],
  ['with all that the guide adds', [stores, ...additions]],
])('The unit of systemd (%s)', (_, dropIns) => {
  it('has no line that systemd does not know', () => {
    expect(analyze(dropIns, 'verify')).toEqual({ status: 0, output: '' });
  });

  it('leaves the service few rights', () => {
    const threshold = `--threshold=${MAX_EXPOSURE * 10}`;
    const { status, output } = analyze(dropIns, 'security', '--offline=true', threshold);
    const [, exposure] = /Overall exposure level for gatehouse@\S+: (\S+)/.exec(output) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(MAX_EXPOSURE);
    expect(status).toBe(0);
  });
});

it('The unit leaves the service the 10 s in which it ends, and has no secret', () => {
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
  expect(Number(seconds)).toBeGreaterThan(10);
  expect(additions).toHaveLength(2);
  for (const text of [unit, stores]) {
    expect(text).not.toMatch(/Environment=.*\b(JWT_KEY|DATABASE_URL|REDIS_URL)=/);
  }
});

it('A line that systemd does not know, and a right that was given back, are noticed', () => {
  const unknown = analyze(['[Service]\nProtectSystems=yes\n'], 'verify');
  expect(unknown.output).toContain('ProtectSystems');
  const dropIn = '[Service]\nSystemCallFilter=\nCapabilityBoundingSet=~\n';
  const threshold = `--threshold=${MAX_EXPOSURE * 10}`;
  expect(analyze([dropIn], 'security', '--offline=true', threshold).status).not.toBe(0);
});
