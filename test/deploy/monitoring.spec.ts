import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dashboard, filledIn, panels } from '../support/dashboard.js';
import { eventually } from '../support/eventually.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { privateRedis } from '../support/private-servers.js';
import { Prometheus, promtool, readMonitoring, type Rule } from '../support/prometheus.js';
import { exportedBy, selectorsOf, unknownIn, type Exported } from '../support/promql.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { scrape } from '../support/scrape.js';
import { Server } from '../support/server.js';
import { logOut, renew, renewed } from '../support/tokens.js';

const ROOT = resolve(__dirname, '../..');

/** As long as a busy machine may take for a few scrapes. */
const SOON_MS = 30_000;

/** How quick it all is, is the machine's affair here. */
const OF_SPEED = /Slow$|Lag$/;

/** prom-client's own gauges have names that counters should have. */
const MISNAMED = /^nodejs_active_(handles|requests|resources)_total non-counter metrics/;

const expressions = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);

/** The heading that a link of GitHub's kind leads to. */
function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}

/** The labels that a text has in it. */
const labelsIn = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, label = '']) => label);

describe('The rules for Prometheus', () => {
  it('are valid, with the configuration that loads them', () => {
    const { status, output } = promtool(['check', 'config', 'prometheus.yml']);
    expect([status, output]).toEqual([0, expect.stringContaining('rules found')]);
  });

  it('fire when they should, and keep quiet when they should not', () => {
    const { status, output } = promtool(['test', 'rules', 'alerts.test.yml']);
    expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('are each seen to fire in their tests, and described for operators', () => {
    const names = labelsIn(readMonitoring('alerts.yml'), /- alert: (\w+)/g);
    const fired = labelsIn(readMonitoring('alerts.test.yml'), /alertname="(\w+)"/g);
    expect([...new Set(fired)].sort()).toEqual([...names].sort());
    const operations = readFileSync(resolve(ROOT, 'docs/operations.md'), 'utf8');
    expect(labelsIn(operations, /^\| `(Gatehouse\w+)`/gm)).toEqual(names);
  });
});

describe('The dashboard for Grafana', () => {
  it('has panels that say what they show, in which unit, each with an id and a place of its own', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { title, description = '', fieldConfig, targets = [] } of panels) {
      expect([title, description]).toEqual([
        expect.stringMatching(/\S/),
        expect.stringMatching(/\.$/),
      ]);
      expect([title, fieldConfig?.defaults.unit]).toEqual([title, expect.stringMatching(/^\w+$/)]);
      expect([title, targets.length]).not.toEqual([title, 0]);
    }
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('asks the data source that is chosen', () => {
    const [source] = dashboard.templating.list;
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const asked = panels.flatMap(({ datasource, targets = [] }) =>
      [datasource, ...targets.map((target) => target.datasource)].map((used) => used?.uid),
    );
    expect(new Set(asked)).toEqual(new Set(['${datasource}']));
  });
});

describe('A service that Prometheus watches', () => {
  let server: Server;
  let redis: RedisServer;
  let prometheus: Prometheus;
  let rules: Rule[];
  let exported: Exported;

  beforeAll(async () => {
    redis = await privateRedis();
    server = await Server.start({
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: redis.url,
      LOGIN_MAX_FAILURES: '2',
      TOKEN_REUSE_INTERVAL: '0',
    });
    prometheus = await Prometheus.watching(server.port);
    await eventually(async () => {
      expect(await prometheus.series('gatehouse_live_sessions')).toHaveLength(1);
    }, SOON_MS);
    rules = await prometheus.rules();
  }, 120_000);

  afterAll(() => prometheus.stop());

  const firing = async () => (await prometheus.firing()).filter((name) => !OF_SPEED.test(name));

  it('raises no alert while all is well', async () => {
    const { token } = await server.client.newSession();
    await logOut(server.client, token);
    await eventually(async () => {
      const logOuts = 'gatehouse_revocations_total{cause="logout"} == 1';
      expect(await prometheus.series(logOuts)).toHaveLength(1);
    }, SOON_MS);
    expect(await firing()).toEqual([]);
  });

  it('exports in a way that promtool has nothing to say about', async () => {
    const { text } = await server.client.get('/metrics');
    const { output } = promtool(['check', 'metrics'], text);
    const complaints = output.split('\n').filter((line) => line !== '' && !MISNAMED.test(line));
    expect(complaints).toEqual([]);
  });

  it('raises alerts at the reuse of a token and while Redis is down', async () => {
    const { client } = server;
    const { username, token } = await client.newSession();
    await renewed(client, token);
    expect((await renew(client, token)).status).toBe(401);
    const json = { username, password: 'wrong' };
    const statuses = [401, 401, 429];
    for (const status of statuses) {
      expect((await client.post('/authenticate_user', { json })).status).toBe(status);
    }
    await eventually(async () => {
      expect(await firing()).toEqual(['GatehouseTokenReuse']);
    }, SOON_MS);
    await redis.kill();
    await eventually(async () => {
      expect((await client.get('/user', { bearer: token })).status).toBe(503);
      expect((await client.get('/health/ready')).status).toBe(503);
      expect(await firing()).toEqual(
        expect.arrayContaining([
          'GatehouseNotReady',
          'GatehouseUnavailable',
          'GatehouseRedisErrors',
          'GatehouseTokenReuse',
        ]),
      );
    }, SOON_MS);
    rules = await prometheus.rules();
    exported = exportedBy(await scrape(client));
  }, 120_000);

  it('exports every metric and label that the dashboard and the rules name', () => {
    const shown = expressions.flatMap(({ title, expr, legendFormat }) =>
      unknownIn(expr, labelsIn(legendFormat, /\{\{\s*(\w+)\s*\}\}/g), exported).map((unknown) => [
        title,
        unknown,
      ]),
    );
    const ruled = rules.flatMap(({ name, query, annotations }) => {
      const texts = Object.values(annotations).join('\n');
      const named = labelsIn(texts, /\$labels\.(\w+)/g);
      return unknownIn(query, named, exported).map((unknown) => [name, unknown]);
    });
    expect([...shown, ...ruled]).toEqual([]);
    const asked = expressions.flatMap(({ expr }) => selectorsOf(expr).map(({ metric }) => metric));
    const own = [...exported.keys()].filter((metric) => metric.startsWith('gatehouse_'));
    const families = own.map((metric) => metric.replace(/_(bucket|sum|count)$/, ''));
    for (const family of families) expect(asked.join('\n')).toContain(family);
  });

  it('has data for every panel and variable of the dashboard', async () => {
    for (const { title, expr } of expressions) {
      await eventually(async () => {
        const series = await prometheus.series(filledIn(expr));
        expect([title, expr, series.length]).not.toEqual([title, expr, 0]);
      }, SOON_MS);
    }
    for (const { name, query } of dashboard.templating.list) {
      if (typeof query === 'string') continue;
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query.query) ?? [];
      const values = await prometheus.labelValues(label, filledIn(selector));
      expect([name, values]).toEqual([name, [expect.stringMatching(/^gatehouse$|^127\.0\.0\.1:/)]]);
    }
  }, 120_000);

  it('has rules that all can be evaluated, and say how bad it is, what happened and what to do', () => {
    for (const { name, health, labels, annotations, alerts } of rules) {
      expect([name, health]).toEqual([name, 'ok']);
      expect([name, labels.severity]).toEqual([
        name,
        expect.stringMatching(/^(critical|warning)$/),
      ]);
      expect([name, annotations.summary]).toEqual([name, expect.stringMatching(/[^.]$/)]);
      expect([name, annotations.description]).toEqual([name, expect.stringMatching(/\.$/)]);
      for (const alert of alerts) {
        expect(Object.values(alert.annotations).join('\n')).not.toMatch(/<error|\{\{|<no value>/);
      }
    }
  });

  it('has rules that lead to a place in the documentation', () => {
    for (const { name, annotations } of rules) {
      const [file = '', anchor] = (annotations.runbook ?? '').split('#');
      expect([name, existsSync(resolve(ROOT, file))]).toEqual([name, true]);
      const anchors = anchorsOf(readFileSync(resolve(ROOT, file), 'utf8'));
      if (anchor !== undefined)
        expect([name, anchors]).toEqual([name, expect.arrayContaining([anchor])]);
    }
  });

  it('raises an alert when it is gone', async () => {
    await server.stop();
    await eventually(async () => {
      expect(await firing()).toContain('GatehouseDown');
    }, SOON_MS);
  });
});
