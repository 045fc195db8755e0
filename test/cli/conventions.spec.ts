import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { gatehouse, jsonLines } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { clockAt } from '../support/fake-clock.js';
import { privateRedis } from '../support/private-servers.js';
import { freePort } from '../support/processes.mjs';
import { Server, temporaryDirectory } from '../support/server.js';

const CLI = resolve(__dirname, '../../dist/cli.js');

/** Of no password that anybody knows. */
const HASH = `$2b$04$${'e'.repeat(53)}`;

const nowhere = () => ({ directory: temporaryDirectory(), variables: {} });

describe('The command line', () => {
  it.each([
    [['--help'], 0],
    [['users', 'import', '--help'], 0],
    [['help'], 0],
    [['help', 'users'], 0],
    [['users', 'help', 'import'], 0],
    [['users', 'help', 'imprt'], 2],
    [[], 2],
    [['user'], 2],
    [['users'], 2],
    [['users', 'lst'], 2],
    [['users', 'list', 'more'], 2],
    [['users', 'list', '--all'], 2],
    [['users', 'disable'], 2],
    [['users', 'disable', 'one', '--id'], 2],
    [['users', 'create', 'miguel'], 2],
    [['sessions', 'end'], 2],
    [['sessions', 'end', '-Vabc'], 2],
    [['users', 'disable', 'miguel', '--version'], 2],
    [['sessions', 'end', 'one', '--user', 'miguel'], 2],
    [['users', 'delete', 'nobody'], 1],
    [['sessions', 'end', 'none'], 1],
  ])('ends %j with %i, an error on standard error', async (args, expected) => {
    const place = nowhere();
    const { code, stdout, stderr } = await gatehouse(place, args);
    expect(code).toBe(expected);
    if (expected === 0) expect([stdout, stderr]).toEqual([expect.stringMatching(/^Usage/), '']);
    else expect([stdout, stderr]).toEqual(['', expect.stringMatching(/\S/)]);
    expect(stderr).not.toMatch(/^ +at |Error:/m);
    // A wrong question, or one for help, begins no service.
    if (expected !== 1 && !args.includes('--id')) expect(readdirSync(place.directory)).toEqual([]);
    if (expected === 0) return;
    const { stderr: json } = await gatehouse(place, [...args, '--json']);
    expect(jsonLines(json)).toMatchObject([
      { error: { code: expect.stringMatching(/^[a-z-]+$/), exit_code: expected } },
    ]);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await gatehouse(nowhere(), ['--version'])).toMatchObject({
      ...{ code: 0, stdout: `${version}\n`, stderr: '' },
    });
  });

  it('says how an argument is written that begins as an option does', async () => {
    const { code, stderr } = await gatehouse(nowhere(), ['sessions', 'end', '-GgBv']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/stands behind --\n$/)]);
  });

  it('ends with 3 if .env cannot be read, before it asks for a password', async () => {
    const place = nowhere();
    mkdirSync(join(place.directory, '.env'));
    const { code, stdout, stderr } = await gatehouse(place, ['users', 'create', 'miguel']);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^The file \.env cannot be read: .+\n$/);
  });

  it('takes no .env that cannot be opened for one that is not there', async () => {
    const place = nowhere();
    symlinkSync('.env', join(place.directory, '.env'));
    const { code, stderr } = await gatehouse(place, ['users', 'list']);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^The file \.env .*in a circle\n$/)]);
    expect(readdirSync(place.directory)).toEqual(['.env']);
  });

  it('refuses a password of several lines', async () => {
    const place = nowhere();
    const args = ['users', 'create', 'miguel'];
    const { code, stderr } = await gatehouse(place, args, 'correct horse\nbattery staple\n');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/in one line\n$/)]);
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('ends with 3 if the configuration is wrong, and with 4 if a store is out of reach', async () => {
    const place = nowhere();
    const misconfigured = { ...place, variables: { PORT: 'none' } };
    expect(await gatehouse(misconfigured, ['users', 'list'])).toMatchObject({
      ...{ code: 3, stdout: '', stderr: 'PORT must be a whole number from 1 to 65535\n' },
    });
    const url = `postgres://somebody:s3cret@127.0.0.1:${await freePort()}/accounts`;
    const unreachable = { ...place, variables: { DATABASE_URL: url } };
    const { code, stdout, stderr } = await gatehouse(unreachable, ['users', 'list', '--json']);
    expect([code, stdout]).toEqual([4, '']);
    const lines = jsonLines(stderr);
    expect(lines.at(-1)).toMatchObject({ error: { code: 'service-unavailable', exit_code: 4 } });
    for (const warning of lines.slice(0, -1)) expect(warning).toMatchObject({ level: 'error' });
    expect(stderr).not.toContain('s3cret');
  });

  it('ends with 4 if Redis did not hear that sessions ended, and repeating it is safe', async () => {
    const redis = await privateRedis();
    const server = await Server.start({ REDIS_URL: redis.url });
    const { token, username } = await server.client.newSession();
    await redis.kill();
    const args = ['users', 'disable', username];
    expect((await gatehouse(server, args)).code).toBe(4);
    await redis.start();
    expect((await gatehouse(server, args)).code).toBe(0);
    expect(await server.client.accepts(token)).toBe(false);
  });

  it('makes keys that the service starts with, another each time', async () => {
    const [one, other] = [
      await gatehouse(nowhere(), ['key', 'generate']),
      await gatehouse(nowhere(), ['key', 'generate', '--json']),
    ];
    const key = one.stdout.trim();
    const [{ key: second } = { key: '' }] = jsonLines<{ key: string }>(other.stdout);
    expect(key).not.toBe(second);
    for (const JWT_KEY of [key, second]) {
      const { code } = await gatehouse({ ...nowhere(), variables: { JWT_KEY } }, [
        'config',
        'check',
      ]);
      expect(code).toBe(0);
    }
  });

  it('takes the password of a terminal twice, and does not show it', async () => {
    const { directory } = nowhere();
    const typing = (...typed: string[]) =>
      onTerminal(directory, ['users', 'create', 'miguel'], typed);
    const differing = await typing('correct horse', 'correct house');
    expect(differing).toEqual({ code: 2, shown: expect.stringMatching(/two passwords differ/) });
    const { code, shown } = await typing('correct horse', 'correct horse');
    expect([code, shown]).toEqual([0, expect.stringMatching(/Created miguel with the id 1/)]);
    expect(shown + differing.shown).not.toMatch(/correct|horse|house/);
    const left = await typing('\u0003');
    expect(left).toEqual({ code: 2, shown: expect.stringMatching(/No password was given/) });
  });

  it('shows a bar on a terminal while it imports, and each refusal in a line of its own', async () => {
    const { directory } = nowhere();
    const rows = ['username,password_hash', `miguel,${HASH}`, 'x,y', `esther,${HASH}`];
    writeFileSync(join(directory, 'accounts.csv'), rows.join('\n'));
    const { code, shown } = await onTerminal(directory, ['users', 'import', 'accounts.csv']);
    expect(code).toBe(1);
    expect(shown).toMatch(/\d %, /);
    const refusal = 'line 3: the username must have 4 to 80 characters';
    // From the first column, on a line that was cleared.
    expect(shown).toContain(`\u001b[1G\u001b[2K${refusal}\r\n`);
    expect(shown).toContain('\u001b[?25h');
    expect(shown).toContain('Imported 2, there before 0, refused 1\r\n');
  });

  it('shows the cursor again if an import is left by Ctrl-C', async () => {
    const { directory } = nowhere();
    const rows = Array.from({ length: 100_000 }, (_, index) => `user-${index},${HASH}`);
    const text = ['username,password_hash', ...rows].join('\n');
    writeFileSync(join(directory, 'accounts.csv'), text);
    const args = ['users', 'import', 'accounts.csv'];
    const { code, shown } = await onTerminal(directory, args, ['\u0003'], /\d %, /g);
    expect(code).not.toBe(0);
    expect(shown).not.toMatch(/Imported/);
    expect(shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'));
  });

  it.each([
    [['users', 'export'], /^Cannot write: ENOSPC.*\n$/],
    [
      ['key', 'generate', '--json'],
      /^\{"error":\{"code":"unwritable","message":"Cannot write: .*\n$/,
    ],
    [['--help'], /^Cannot write: ENOSPC.*\n$/],
  ])('ends %j with 1 if its result cannot be written', (args, reason) => {
    const command = `"${NODE_UNDER_TEST}" "${CLI}" ${args.join(' ')} > /dev/full`;
    const options = { cwd: temporaryDirectory(), encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync('sh', ['-c', command], options);
    expect([status, stderr]).toEqual([1, expect.stringMatching(reason)]);
  });

  it('stops quietly if no one reads on', async () => {
    const { directory } = nowhere();
    const rows = Array.from({ length: 3_000 }, (_, index) => `user-${index},${HASH}`);
    const text = ['username,password_hash', ...rows].join('\n');
    const { code } = await gatehouse({ directory, variables: {} }, ['users', 'import', '-'], text);
    expect(code).toBe(0);
    const command = `"${NODE_UNDER_TEST}" "${CLI}" users export | head -n 1`;
    const options = { cwd: directory, encoding: 'utf8', stdio: 'pipe' } as const;
    expect(execFileSync('sh', ['-c', `${command} 2>&1`], options).split('\n')).toEqual([
      expect.stringMatching(/"user-0"/),
      '',
    ]);
  });

  it('shows no control characters of what clients sent', async () => {
    const server = await Server.start();
    const { username, password } = await server.client.register();
    await server.client.post('/authenticate_user', {
      json: { username, password },
      headers: { 'user-agent': 'agent\u009b31m' },
    });
    const { stdout } = await gatehouse(server, ['sessions', 'list', username]);
    expect(stdout).toContain('agent\\u009b31m');
  });

  it('does no work of the service beside its own', async () => {
    const server = await Server.start();
    const { token } = await server.client.newSession();
    // Two days later events would be forgotten.
    const variables = { AUDIT_RETENTION_DAYS: '1', ...clockAt('+2d') };
    const { directory } = server;
    expect((await gatehouse({ directory, variables }, ['users', 'list'])).code).toBe(0);
    const { body } = await server.client.get('/user/events', { bearer: token });
    expect(body.events).toHaveLength(2);
  });
});

/** Runs a command on a terminal of its own; each line is typed once `prompt` was shown again. */
async function onTerminal(
  cwd: string,
  command: string[],
  typed: string[] = [],
  prompt = /: /g,
): Promise<{ code: number | null; shown: string }> {
  const line = [NODE_UNDER_TEST, CLI, ...command].join(' ');
  const args = ['--quiet', '--return', '--command', line, '/dev/null'];
  const child = spawn('script', args, { cwd });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const exit = once(child, 'exit');
  for (const [index, text] of typed.entries()) {
    const prompts = () => shown.match(prompt)?.length ?? 0;
    await eventually(() => expect(prompts()).toBeGreaterThan(index), 30_000);
    child.stdin.write(`${text}\r`);
  }
  await exit;
  return { code: child.exitCode, shown };
}
