import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './processes.mjs';
import { temporaryDirectory } from './server.js';

/** What is shipped for Prometheus and Grafana. */
const MONITORING = resolve(__dirname, '../../deploy/monitoring');

export const readMonitoring = (name: string) => readFileSync(join(MONITORING, name), 'utf8');

/** What promtool makes of files in deploy/monitoring, or of its input. */
export function promtool(args: string[], input = ''): { status: number | null; output: string } {
  const options = { cwd: MONITORING, encoding: 'utf8', input } as const;
  const { status, stdout, stderr } = spawnSync('promtool', args, options);
  return { status, output: stdout + stderr };
}

export interface Rule {
  name: string;
  query: string;
  duration: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** `ok`, or `err` if the query failed. */
  health: string;
  alerts: { state: string; annotations: Record<string, string> }[];
}

const START_LIMIT_MS = 30_000;

/** The shipped configuration, for one instance, in seconds instead of minutes. */
function localConfiguration(instancePort: number): string {
  return readMonitoring('prometheus.yml')
    .replace(/interval: 15s/g, 'interval: 1s')
    .replace(
      /dns_sd_configs:[^]*?refresh_interval: 1s/,
      `static_configs: [{ targets: ['127.0.0.1:${instancePort}'] }]`,
    );
}

/** A real Prometheus with the shipped configuration and rules, none of which waits before it fires. */
export class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async watching(instancePort: number): Promise<Prometheus> {
    const folder = temporaryDirectory();
    const port = await freePort();
    writeFileSync(join(folder, 'prometheus.yml'), localConfiguration(instancePort));
    const rules = readMonitoring('alerts.yml').replace(/ for: \w+/g, ' for: 0s');
    writeFileSync(join(folder, 'alerts.yml'), rules);
    const address = `127.0.0.1:${port}`;
    const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--log.level=error'];
    const options = { cwd: folder, stdio: 'ignore' } as const;
    const child = spawn('prometheus', [...args, `--web.listen-address=${address}`], options);
    const prometheus = new Prometheus(`http://${address}`, child);
    await eventually(() => prometheus.series('vector(1)'), START_LIMIT_MS);
    return prometheus;
  }

  /** The labels of each series that an expression gives now. */
  async series(expression: string): Promise<Record<string, string>[]> {
    const answer = await this.ask('query', { query: expression });
    const { result } = answer as { result: { metric: Record<string, string> }[] };
    return result.map(({ metric }) => metric);
  }

  /** The values of a label of the series that a selector chooses. */
  async labelValues(label: string, selector: string): Promise<string[]> {
    return (await this.ask(`label/${label}/values`, { 'match[]': selector })) as string[];
  }

  async rules(): Promise<Rule[]> {
    const { groups } = (await this.ask('rules', {})) as { groups: { rules: Rule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  /** The names of the rules that fire now. */
  async firing(): Promise<string[]> {
    const rules = await this.rules();
    return rules.filter(({ alerts }) => alerts.length > 0).map(({ name }) => name);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }

  private async ask(path: string, parameters: Record<string, string>): Promise<unknown> {
    const query = new URLSearchParams(parameters).toString();
    const answer = await fetch(`${this.url}/api/v1/${path}?${query}`);
    const { status, data, error } = (await answer.json()) as Record<string, unknown>;
    if (status !== 'success') throw new Error(`${parameters.query ?? path}: ${String(error)}`);
    return data;
  }
}
