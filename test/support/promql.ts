import type { Series } from './scrape.js';

const SELECTOR = /\b(up|(?:gatehouse|nodejs|process)_\w+)(?:\{([^}]*)\})?/g;
const MATCHER = /(\w+)(=~|!~|!=|=)"([^"]*)"/g;
const GROUPING = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g;

/** Prometheus' own: `up`, and what it adds to each series. */
const OWN_LABELS = ['job', 'instance'];

export interface Selector {
  metric: string;
  matchers: { label: string; operator: string; value: string }[];
}

/** The metrics that an expression asks for. */
export function selectorsOf(expression: string): Selector[] {
  return [...expression.matchAll(SELECTOR)].map(([, metric = '', text = '']) => ({
    metric,
    matchers: [...text.matchAll(MATCHER)].map(([, label = '', operator = '', value = '']) => ({
      label,
      operator,
      value,
    })),
  }));
}

/** The labels that an expression groups by. */
function groupingOf(expression: string): string[] {
  const lists = [...expression.matchAll(GROUPING)].map(([, list = '']) => list);
  return lists.flatMap((list) => list.split(',').map((label) => label.trim())).filter(Boolean);
}

/** What a service exports: the values of each label of each metric. */
export type Exported = Map<string, Map<string, Set<string>>>;

export function exportedBy(series: Series): Exported {
  const exported: Exported = new Map();
  for (const key of series.keys()) {
    const [metric = ''] = /^\w+/.exec(key) ?? [];
    const labels = exported.get(metric) ?? new Map<string, Set<string>>();
    for (const [, label = '', value = ''] of key.matchAll(/(\w+)="([^"]*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
    exported.set(metric, labels);
  }
  return exported;
}

/** What an expression, or a text about it, names that the service does not export. */
export function unknownIn(expression: string, legend: string[], exported: Exported): string[] {
  const selectors = selectorsOf(expression).filter(({ metric }) => metric !== 'up');
  const known = new Set(OWN_LABELS);
  const unknown: string[] = [];
  for (const { metric, matchers } of selectors) {
    const labels = exported.get(metric);
    if (!labels) unknown.push(metric);
    for (const label of labels?.keys() ?? []) known.add(label);
    for (const { label, operator, value } of matchers) {
      if (OWN_LABELS.includes(label)) continue;
      const values = labels?.get(label);
      // Whatever a pattern may mean.
      const isKnown = operator.endsWith('~') ? values !== undefined : values?.has(value);
      if (isKnown !== true) unknown.push(`${metric}{${label}${operator}"${value}"}`);
    }
  }
  const others = [...groupingOf(expression), ...legend].filter((label) => !known.has(label));
  return [...unknown, ...others];
}
