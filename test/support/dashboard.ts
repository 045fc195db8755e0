import { readMonitoring } from './prometheus.js';

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  fieldConfig?: { defaults: { unit?: string } };
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

interface Variable {
  name: string;
  type: string;
  /** Of a data source its kind, otherwise the question for its values. */
  query: string | { query: string };
}

interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: Variable[] };
}

export const dashboard = JSON.parse(readMonitoring('grafana-dashboard.json')) as Dashboard;

/** Those that show something, unlike the rows' headings. */
export const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** What Grafana puts in the place of its variables. */
const VALUES: Record<string, string> = {
  $job: 'gatehouse',
  $instance: '.*',
  $__rate_interval: '30s',
  $__range: '5m',
};

/** An expression as Prometheus is asked it; fails if it uses an unknown variable. */
export function filledIn(expression: string): string {
  return expression.replace(/\$\w+/g, (name) => {
    const value = VALUES[name];
    if (value === undefined) throw new Error(`${name} in ${expression}`);
    return value;
  });
}
