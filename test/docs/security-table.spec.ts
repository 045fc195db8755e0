import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const TABLE = 'docs/security.md';

interface Row {
  id: string;
  /** The test files that its last cell names. */
  specs: string[];
  text: string;
}

function rowsOf(document: string): Row[] {
  return document.split('\n').flatMap((line) => {
    const id = /^\| *(S\d+) *\|/.exec(line)?.[1];
    const lastCell = line.split('|').at(-2) ?? '';
    return id ? [{ id, specs: lastCell.match(/[\w./-]+\.spec\.ts/g) ?? [], text: line }] : [];
  });
}

/** The rows that the titles of a spec end with: `… (S1)` or, beside a fault's row, `… (F2, S1)`. */
function tagsOf(spec: string): string[] {
  const tags = spec.matchAll(/\(((?:[FS]\d+b?(?:, )?)+)\)['`"]/g);
  return [...tags].flatMap(([, ids = '']) => ids.split(', ')).filter((id) => id.startsWith('S'));
}

function specFiles(): string[] {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.spec.ts'))
      .map((name) => join(folder, name)),
  );
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('Every row of the table of security requirements', () => {
  const rows = rowsOf(read(TABLE));

  it('stands there once', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('names the tests that show it, or says why there are none', () => {
    const silent = rows.filter(
      ({ specs, text }) => specs.length === 0 && !/not applicable|no test:/i.test(text),
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  it('names test files that exist and have a test with its id', () => {
    const wrong = rows.flatMap(({ id, specs }) =>
      specs
        .filter((path) => !existsSync(join(ROOT, path)) || !tagsOf(read(path)).includes(id))
        .map((path) => `${id}: ${path}`),
    );
    expect(wrong).toEqual([]);
  });
});

it('Every test that names a security requirement names one of the table', () => {
  const known = new Set(rowsOf(read(TABLE)).map(({ id }) => id));
  const self = relative(ROOT, __filename);
  const unknown = specFiles()
    .filter((path) => path !== self)
    .flatMap((path) => tagsOf(read(path)).map((id) => ({ id, path })))
    .filter(({ id }) => !known.has(id));
  expect(unknown).toEqual([]);
});
