import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveTools } from '../../src/tools/index.ts';
import { worldMetrics } from '../../targets/world/kit/metrics.ts';
import { TruthLog } from '../../targets/world/kit/truth.ts';
import { type Dashboard, filledIn, OBSERVABILITY, queriesOf, readDashboard } from '../../test/dashboard.ts';

/** As k6's remote write names them, with native histograms; a run against Prometheus holds this to k6 (test/all). */
const OF_K6 = ['k6_http_reqs_total', 'k6_http_req_duration_seconds'];
const K6_LABELS = ['run', 'region', 'operation', 'class', 'vantage', 'status', 'expected_response'];
/** Words of the query language that the queries use. */
const PROMQL = [
  'clamp_min',
  'sum',
  'by',
  'rate',
  'increase',
  'or',
  'histogram_quantile',
  'histogram_fraction',
  'last_over_time',
];

let folder: string;
let promtool: string;
let dashboard: Dashboard;
let world: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-dashboard-'));
  promtool = join((await resolveTools(['prometheus'])).prometheus, 'promtool');
  dashboard = await readDashboard();
  world = await worldMetrics({
    processes: [{ describe: () => ({ name: 'api-x', kind: 'api', region: 'x', state: 'running', fault: null }) }],
    truth: new TruthLog(),
    lag: { report: () => [{ region: 'x', lagMs: 1, alert: false }] },
    regions: ['x'],
    views: { x: { epoch: 1 } },
    toxiproxyUrl: 'http://127.0.0.1:1',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the dashboard', () => {
  it('has queries that all parse', async () => {
    const rules = queriesOf(dashboard).map(({ expr }, i) => ({
      record: `query:${i}`,
      expr: filledIn(expr, 'a-run', 60),
    }));
    const file = join(folder, 'rules.json');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { exitCode, all } = await execa(promtool, ['check', 'rules', file], { all: true, reject: false });
    expect(exitCode, all).toBe(0);
    expect(all).toContain(`${rules.length} rules found`);
  });

  it('queries only metrics and labels that the world or k6 writes', () => {
    const known = new Set([
      ...PROMQL,
      ...OF_K6,
      ...K6_LABELS,
      ...world.split('\n').flatMap((line) => /^(\w+)\{/.exec(line)?.[1] ?? []),
      ...[...world.matchAll(/[{,](\w+)="/g)].map(([, label]) => label!),
    ]);
    for (const { title, expr } of queriesOf(dashboard)) {
      const words = expr.replace(/"[^"]*"|\[[^\]]*\]/g, '').match(/[a-zA-Z_]\w*/g)!;
      expect(
        [...new Set(words)].filter((word) => !known.has(word)),
        title,
      ).toEqual([]);
    }
  });

  it('is the one that reports link to: its uid, its variable `run`, and the lines of the claims', () => {
    expect(dashboard.uid).toBe('antipode');
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'run']);
    const lineOf = (title: string) =>
      dashboard.panels.find((panel) => panel.title === title)!.fieldConfig!.defaults.thresholds.steps.at(-1)!.value;
    expect(lineOf('p99 of reads in the region')).toBe(0.12);
    expect(lineOf('Replica lag')).toBe(0.5);
  });

  it('has panels that do not overlap', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(x < 24 && !taken.has(`${x} ${y}`), title).toBe(true);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});

describe('the configuration of Prometheus and Grafana', () => {
  const yaml = async (path: string): Promise<unknown> => parse(await readFile(join(OBSERVABILITY, path), 'utf8'));

  it('is a configuration that Prometheus takes, with the world at its port in the compose network', async () => {
    const file = join(OBSERVABILITY, 'prometheus.yml');
    const { exitCode, all } = await execa(promtool, ['check', 'config', file], { all: true, reject: false });
    expect(exitCode, all).toBe(0);
    expect(await yaml('prometheus.yml')).toMatchObject({
      global: { scrape_interval: '5s', evaluation_interval: '5s' },
      scrape_configs: [{ metrics_path: '/metrics', static_configs: [{ targets: ['world:20081'] }] }],
    });
  });

  it('gives Grafana that Prometheus and the folder of the dashboard', async () => {
    expect(await yaml('grafana/provisioning/datasources/prometheus.yaml')).toMatchObject({
      apiVersion: 1,
      datasources: [{ type: 'prometheus', url: 'http://prometheus:9090', jsonData: { timeInterval: '5s' } }],
    });
    expect(await yaml('grafana/provisioning/dashboards/antipode.yaml')).toMatchObject({
      apiVersion: 1,
      providers: [{ type: 'file', options: { path: '/var/lib/grafana/dashboards' } }],
    });
  });

  it('understands what the world says of itself', async () => {
    const check = execa(promtool, ['check', 'metrics'], { input: world, all: true, reject: false });
    const { exitCode, all } = await check;
    expect(all).toBe('');
    expect(exitCode).toBe(0);
  });
});
