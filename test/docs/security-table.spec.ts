import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const TABLE = 'docs/security.md';

/** A row that is taken out would take its tests out unseen. */
const LAST_ROW = 117;

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

/** Whatever keeps a test from running, or lets it run alone. */
const NOT_RUN =
  /\b(?:(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|failing)|[fx](?:it|test|describe))\b(?=[.(`<])/g;

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

  it('stands there once, from the first to the last', () => {
    const ids = Array.from({ length: LAST_ROW }, (_, index) => `S${index + 1}`);
    expect(rows.map(({ id }) => id)).toEqual(ids);
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

it('No test is skipped, nor runs alone', () => {
  const left = specFiles().flatMap((path) =>
    [...read(path).matchAll(NOT_RUN)].map(([what]) => `${path}: ${what}`),
  );
  expect(left).toEqual([]);
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
