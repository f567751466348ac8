import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { underTest } from '../world-under-test.ts';
import { antipode, finished, type Finished, ROOT, seen } from '../antipode.ts';
import { filledIn, queriesOf, readDashboard } from '../dashboard.ts';
import { type Prometheus, startPrometheus } from '../prometheus.ts';
import { type SharedWorld, startSharedWorld } from '../shared-world.ts';

// The shipped configuration and dashboard against a real Prometheus, world and k6, with the queries that Grafana would
// send. Two faults are injected during the run, so that the fault queries return data. The verdict does not matter
// here.

const RATE = 10;
/** Includes probes; low enough for a busy machine. */
const MAX_PER_SECOND = 40;
const SECONDS = 60;
const OUTPUT = 'experimental-prometheus-rw';
const FAULT = 'observability-test';
const GRAFANA = 'http://127.0.0.1:3000/grafana';

let folder: string;
let world: SharedWorld;
let prometheus: Prometheus;
let run: Finished;
/** The dashboard's range, as the report links to it. */
let range: { from: number; to: number };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-observability-'));
  world = await startSharedWorld();
  prometheus = await startPrometheus(new URL(world.file.control.url).host);
  run = await loadWithFaults();
  const link = /http\S+\/d\/antipode\?\S+/.exec(run.text)?.[0];
  if (link === undefined) throw new Error(`no link in:\n${run.text}`);
  const { searchParams } = new URL(link);
  range = { from: Number(searchParams.get('from')), to: Number(searchParams.get('to')) };
}, 300_000);
afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function loadWithFaults(): Promise<Finished> {
  const shipped = await readFile(join(ROOT, 'targets/active-active/target.yaml'), 'utf8');
  const target = join(folder, 'slow-load', 'target.yaml');
  await mkdir(join(folder, 'slow-load'));
  await writeFile(target, shipped.replace(/^maxRatePerSecond: .*$/m, `maxRatePerSecond: ${MAX_PER_SECOND}`));
  const length = ['--rate', String(RATE), '--duration', String(SECONDS)];
  const running = antipode(
    ['load', '--profile', 'gate-test', '--target', target, '--world', world.path, ...length, '--out', OUTPUT],
    { K6_PROMETHEUS_RW_SERVER_URL: prometheus.writeUrl, ANTIPODE_GRAFANA_URL: GRAFANA },
  );
  try {
    await seen(running, /^1\d s of /m);
    const { act } = underTest(world.file);
    // Wait until Prometheus has scraped it: the region may recover before the next scrape.
    const isSeen = (query: string) =>
      vi.waitFor(
        async () => expect(await prometheus.range(query, Date.now() - 10_000, Date.now()), query).not.toEqual([]),
        {
          timeout: 60_000,
          interval: 500,
        },
      );
    await act('api-ap-southeast-1', 'freeze', { fault: FAULT });
    await isSeen('antipode_world_routing_answering{region="ap-southeast-1"} == 0');
    await act('api-ap-southeast-1', 'restore', { fault: FAULT });
    await act('database-us-east-1', 'freeze', { fault: FAULT });
    await isSeen('antipode_world_epoch{region="eu-west-1"} == 2');
    await act('database-us-east-1', 'restore', { fault: FAULT });
  } catch (error) {
    running.kill('SIGINT');
    await running;
    throw error;
  }
  return finished(running);
}

/** Series of the result that have a number at some time. */
const answered = async (expr: string) =>
  (await prometheus.range(expr, range.from, range.to)).filter(({ values }) => values.some(Number.isFinite));

describe('the metrics of a run in Prometheus', () => {
  it('carry the run id, region, operation, class and vantage', async () => {
    const ours = `k6_http_reqs_total{run="${run.result!.runId}"}`;
    expect(await prometheus.labelValues('run', 'k6_http_reqs_total')).toEqual([run.result!.runId]);
    expect(await prometheus.labelValues('region', ours)).toEqual(['ap-southeast-1', 'eu-west-1', 'us-east-1']);
    expect(await prometheus.labelValues('vantage', ours)).toEqual(['client', 'control', 'region']);
    expect(await prometheus.labelValues('class', ours)).toEqual(expect.arrayContaining(['read', 'write']));
    expect(await prometheus.labelValues('operation', ours)).toEqual(expect.arrayContaining(['get', 'update']));
    expect(await prometheus.labelValues('expected_response', ours)).toEqual(['false', 'true']);
  });

  it('contain every request that the run recorded', async () => {
    const sent = `sum(last_over_time(k6_http_reqs_total{run="${run.result!.runId}", operation!=""}[1h]))`;
    const [total] = await answered(sent);
    // A journey is one timetable row and several requests; so is a row with retries.
    expect(Math.max(...total!.values)).toBeGreaterThanOrEqual(run.result!.conservation.recorded);
  });

  it('answer every query of the dashboard', { timeout: 60_000 }, async () => {
    const rangeSeconds = (range.to - range.from) / 1000;
    for (const { title, expr } of queriesOf(await readDashboard())) {
      const query = filledIn(expr, run.result!.runId, rangeSeconds);
      // The world's last events are scraped a moment later.
      await expect
        .poll(() => answered(query), { timeout: 15_000, interval: 500, message: `${title}: ${query}` })
        .not.toEqual([]);
    }
  });

  it('show the faults: which region left routing, which was promoted, which process was frozen', async () => {
    const values = async (expr: string): Promise<number[]> => (await answered(expr)).flatMap((series) => series.values);
    // A state may last for less than a step of the result, 5 s.
    const lowest = async (metric: string) => Math.min(...(await values(`min_over_time(${metric}[5s])`)));
    const highest = async (metric: string) => Math.max(...(await values(`max_over_time(${metric}[5s])`)));
    expect(await lowest('antipode_world_routing_answering{region="ap-southeast-1"}')).toBe(0);
    expect(await lowest('antipode_world_routing_answering{region="eu-west-1"}')).toBe(1);
    const failed = queriesOf(await readDashboard()).find(({ title }) =>
      title.startsWith('Share of requests that failed'),
    );
    const share = await values(filledIn(failed!.expr, run.result!.runId, 0));
    expect(Math.max(...share.filter(Number.isFinite))).toBeGreaterThan(0);
    expect(await highest('antipode_world_epoch{region="eu-west-1"}')).toBe(2);
    expect(await highest('antipode_world_process_state{process="api-ap-southeast-1", state="frozen"}')).toBe(1);
    expect(await highest('antipode_world_faults{place="database-us-east-1"}')).toBe(1);
  });
});

describe('the reports of the run', () => {
  it('link to its time range, also when rendered again without the variable', async () => {
    const { plan, startedAt } = {
      plan: JSON.parse(await readFile(join(run.runDir!, 'plan.json'), 'utf8')) as { durationMs: number },
      startedAt: Date.parse(run.result!.startedAt!),
    };
    expect(range).toEqual({ from: startedAt - 30_000, to: startedAt + plan.durationMs + 30_000 });
    const link = `${GRAFANA}/d/antipode?var-run=${run.result!.runId}&from=${range.from}&to=${range.to}`;
    const again = await finished(antipode(['report', run.runDir!], { ANTIPODE_GRAFANA_URL: '' }));
    expect(again.text).toContain(link);
    expect(again.result!.validity.find(({ id }) => id === 'seal')).toMatchObject({ ok: true });
    expect(await readFile(join(run.runDir!, 'summary.md'), 'utf8')).toContain(link);
    expect(await readFile(join(run.runDir!, 'report.html'), 'utf8')).toContain(link.replaceAll('&', '&amp;'));
  });
});
