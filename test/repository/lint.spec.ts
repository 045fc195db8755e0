import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** Holds what is on standard input against the one rule as it is in force in a file of the product. */
const CHECK = `
  import { ESLint, Linter } from 'eslint';
  import { readFileSync } from 'node:fs';
  const name = 'no-restricted-syntax';
  const { rules } = await new ESLint().calculateConfigForFile('src/users/public-profiles.ts');
  const messages = new Linter().verify(readFileSync(0, 'utf8'), { rules: { [name]: rules[name] } });
  console.log(JSON.stringify(messages));
`;

/** Which lines the rule refuses, with a message of these words. */
function refused(lines: string[], words = 'empty all of Redis'): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', CHECK], {
    cwd: ROOT,
    input: lines.join('\n'),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const messages = JSON.parse(stdout) as { line: number; message: string }[];
  // What cannot be parsed is refused for that alone.
  expect(messages.filter(({ message }) => !message.includes(words))).toEqual([]);
  return [...new Set(messages.map(({ line }) => lines[line - 1] ?? ''))];
}

/** Each of them empties Redis, revocations included, or forgets the prefix of the cache's keys. */
const DANGEROUS = [
  'await cache.clear();',
  'await this.cache.clear();',
  'await this.cache?.clear();',
  "await this.cache['clear']();",
  'await store.reset();',
  "await this.store.keys('*');",
  "await store.mget('one', 'two');",
  "await store.mdel('one', 'two');",
  'await cache.stores[0].clear();',
  'await this.cache.store.reset();',
  'await keyv.clear();',
  'await this.profiles.clear();',
  'const clear = cache.clear.bind(cache);',
  'await client.flushDb();',
  'await client.flushAll();',
  'await client.flushdb();',
  'await this.redis.client.FLUSHALL();',
  "await client.sendCommand(['FLUSHDB']);",
  "await client['flushAll']();",
];

const HARMLESS = [
  "await this.cache.del('one');",
  "await cache.get('one');",
  'counters.clear();',
  'Object.keys(cache);',
  'log.flush();',
];

it('The linter refuses whatever would empty Redis, and nothing else', () => {
  expect(refused([...DANGEROUS, ...HARMLESS])).toEqual(DANGEROUS);
}, 120_000);

/** Each of them asks one connection several things at once. */
const AT_ONCE = [
  'await database.write((manager) => Promise.all([find(manager), count(manager)]));',
  'await database.writeFor(1, async (manager) => { await Promise.all(rows.map((row) => manager.insert(row))); });',
  'async function addAll(manager, rows) { return Promise.allSettled(rows.map((row) => insert(manager, row))); }',
  'const add = async (rows, manager) => Promise.race([insert(manager, rows), later]);',
];

const ONE_BY_ONE = [
  'await database.write(async (manager) => { for (const row of rows) await manager.insert(row); });',
  'await Promise.all([database.write(first), database.write(second)]);',
  'const both = () => Promise.all([database.read((manager) => manager.find(row)), store.ping()]);',
];

describe('Several queries at once on one connection', () => {
  it('are refused by the lint, and those of several connections are not', () => {
    const words = 'one query at a time';
    expect(refused([...AT_ONCE, ...ONE_BY_ONE], words)).toEqual(AT_ONCE);
  }, 120_000);
});
