import type { Client } from './client.js';

/** The value of each series, by its name and labels as they are written. */
export type Series = Map<string, number>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|inf|nan)';
const SAMPLE = new RegExp(`^((${NAME})(?:\\{${LABEL}(?:,${LABEL})*\\})?) (${NUMBER})$`, 'i');
const HELP = new RegExp(`^# HELP (${NAME}) \\S.*$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);

/** What /metrics says, each line of it held against Prometheus' text format 0.0.4. */
export async function scrape(client: Client): Promise<Series> {
  const { status, headers, text } = await client.get('/metrics');
  expect([status, headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(text.endsWith('\n')).toBe(true);
  return parse(text);
}

function parse(text: string): Series {
  const series: Series = new Map();
  const families = new Set<string>();
  let family = '';
  let type: string | undefined;
  for (const line of text.trimEnd().split('\n')) {
    const [, helped] = HELP.exec(line) ?? [];
    const [, typed, typeHere] = TYPE.exec(line) ?? [];
    const [, key, name = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (helped !== undefined) {
      if (families.has(helped)) throw new Error(`Told of twice: ${line}`);
      families.add((family = helped));
      type = undefined;
    } else if (typed === family && type === undefined) {
      type = typeHere;
    } else if (key !== undefined && isOf(name, family, type)) {
      if (series.has(key)) throw new Error(`A series twice: ${line}`);
      series.set(key, Number(value.replace(/inf/i, 'Infinity')));
    } else if (line !== '') throw new Error(`Not in the text format: ${line}`);
  }
  return series;
}

/** Whether samples of this name belong to the family that was announced before them. */
function isOf(name: string, family: string, type: string | undefined): boolean {
  if (type !== 'histogram') return type !== undefined && name === family;
  return ['_bucket', '_sum', '_count'].some((suffix) => name === family + suffix);
}

/** What was counted while `use` ran: by how much each series of these names grew, if it did. */
export async function growth(
  client: Client,
  names: RegExp,
  use: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = await scrape(client);
  await use();
  const after = await scrape(client);
  const grown = [...after].flatMap(([key, value]): [string, number][] => {
    const difference = value - (before.get(key) ?? 0);
    return names.test(key) && difference !== 0 ? [[key, difference]] : [];
  });
  return Object.fromEntries(grown);
}
