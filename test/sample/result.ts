/** The result of a sample run, from its requests. */
import { OPERATION_CLASSES, type PlanClaim, type RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../../reports/run-result.ts';
import { lowerBound, upperBound } from '../../src/statistics/binomial.ts';
import { requestKind } from '../../claims/scope.ts';
import { count, percent, percentAsWritten, plural } from '../../src/formats/words.ts';
import { limitCells, sampleJournal } from './faults.ts';
import { sampleFigures } from './measured.ts';
import { distribution, quantile, sentences, series, validity } from './figures.ts';
import { claimById } from './plan.ts';
import { type Drawn, hasFault, lagMs, LAST_MILE_MS, type SampleKind } from './scene.ts';

export function sampleResult(plan: RunPlan, requests: Drawn[], kind: SampleKind): RunResult {
  const phaseOf = (r: Drawn): string | undefined =>
    plan.phases.find((p) => p.judged && r.dueMs >= p.fromMs && r.dueMs < p.toMs)?.name;
  const judged = requests.filter((r) => phaseOf(r) === 'baseline');
  const inPhase = (name: string): Drawn[] =>
    name === 'baseline' ? judged : requests.filter((r) => phaseOf(r) === name);
  const people = judged.filter((r) => !r.probe);
  const subjectOf = (c: PlanClaim, r: Drawn): number =>
    c.per === 'origin' ? r.origin : c.kind === 'home-share' ? plan.origins[r.origin]!.homeRegion : r.region;
  const cells = plan.cells.map((cell): CellVerdict => {
    const c = plan.claims[cell.claim]!;
    const subject = (c.per === 'region' ? plan.regions : plan.origins)[cell.subject]!.id;
    const rows = inPhase(c.phase).filter(
      (r) =>
        c.classes.includes(r.class) &&
        (c.vantage === 'any' || r.probe === (c.vantage === 'region')) &&
        subjectOf(c, r) === cell.subject,
    );
    const isBad = (r: Drawn): boolean =>
      c.kind === 'latency'
        ? r.bad || r.latency > cell.limitMs!
        : c.kind === 'availability'
          ? r.bad
          : c.kind === 'home-share'
            ? r.region !== plan.origins[r.origin]!.homeRegion
            : lagMs(r) > cell.limitMs!;
    const total = rows.length;
    const bad = rows.filter(isBad).length;
    const value = c.kind === 'staleness' ? lagMs : (r: Drawn) => (r.bad ? Infinity : r.latency);
    const [lower, upper] = [lowerBound(bad, total, 0.05), upperBound(bad, total, 0.05)];
    const status: CellVerdict['status'] = cell.infeasible
      ? 'INFEASIBLE'
      : kind === 'INVALID'
        ? 'INVALID'
        : total > 0 && upper <= c.maxBadShare
          ? 'PASS'
          : total > 0 && lower > c.maxBadShare
            ? 'FAIL'
            : 'INCONCLUSIVE';
    const lacking = status === 'INCONCLUSIVE' ? Math.max(100, Math.ceil(3 / c.maxBadShare) - total) : 0;
    const event = requestKind(c)!.badWords(cell.limitMs);
    return {
      evidence: 'share',
      claim: c.id,
      kind: c.kind,
      subject,
      gating: c.gating,
      status,
      why:
        status === 'INFEASIBLE'
          ? `Even a target that responds at once cannot keep ${cell.limitMs} ms here; the lowest possible limit is ${cell.floorMs!.toFixed(0)} ms.`
          : `${count(bad)} of ${plural(total, 'request')} ${event} (${percent(total === 0 ? null : bad / total)}); the limit is ${percentAsWritten(c.maxBadShare)}.`,
      limitMs: cell.limitMs,
      floorMs: cell.floorMs,
      maxBadShare: c.maxBadShare,
      total,
      bad,
      badShare: total === 0 ? null : bad / total,
      lowerShare: total === 0 ? null : lower,
      upperShare: total === 0 ? null : upper,
      designEffect: bad === 0 ? 1 : 1.2,
      valueMs: c.kind === 'latency' || c.kind === 'staleness' ? quantile(rows.map(value), 1 - c.maxBadShare) : null,
      requestsLacking: lacking,
    };
  });
  cells.push(...(hasFault(kind) ? limitCells(requests) : []));
  const verdict: RunResult['verdict'] =
    kind === 'nothing' ? 'INVALID' : kind === 'interrupted' ? 'INCONCLUSIVE' : hasFault(kind) ? 'PASS' : kind;
  const within = (rows: Drawn[]): number | null =>
    rows.length === 0 ? null : rows.filter((r) => !r.bad && r.latency <= 120).length / rows.length;
  const origins = plan.origins
    .filter((o) => o.kind === 'city')
    .map((origin, at) => {
      const rows = people.filter((r) => r.origin === at);
      const lane = plan.regions.map((_, i) => rows.filter((r) => r.region === i));
      return {
        origin: origin.id,
        home: plan.regions[origin.homeRegion]!.id,
        n: rows.length,
        withinShare: within(rows),
        p50Ms: quantile(
          rows.map((r) => r.latency),
          0.5,
        ),
        p99Ms: quantile(
          rows.map((r) => r.latency),
          0.99,
        ),
        floorMs: origin.rttMs[origin.homeRegion]! + LAST_MILE_MS,
        errorShare: rows.length === 0 ? null : rows.filter((r) => r.bad).length / rows.length,
        laneP99Ms: lane.map((of) =>
          quantile(
            of.map((r) => r.latency),
            0.99,
          ),
        ),
        laneN: lane.map((of) => of.length),
      };
    });
  const failing = cells.filter((c) => c.status === 'FAIL' && c.gating);
  return {
    version: 2,
    runId: plan.runId,
    verdict,
    exitCode: { PASS: 0, FAIL: 1, INCONCLUSIVE: kind === 'interrupted' ? 130 : 3, INVALID: 4, ABORTED: 6 }[verdict],
    ...sentences(kind),
    cutShort: kind === 'interrupted' || kind === 'nothing',
    judgedAt: '2026-11-22T21:50:31.000Z',
    startedAt: kind === 'nothing' ? null : '2026-11-22T21:47:10.000Z',
    cells,
    validity: validity(kind),
    conservation: {
      planned: plan.rows,
      recorded: requests.length,
      notYetDue: kind === 'nothing' || kind === 'interrupted' ? plan.rows - requests.length : 0,
      interrupted: 0,
      missing: 0,
      duplicates: 0,
      unknown: 0,
    },
    counters: [
      ...plan.regions.map((r, i) => ({ region: r.id, requests: requests.filter((q) => q.region === i).length })),
      { region: null, requests: requests.filter((q) => q.class === 'static').length },
    ],
    calibration: plan.origins
      .filter((origin) => origin.kind === 'city')
      .flatMap((origin, o) =>
        plan.regions.map((_, r) => ({
          origin: o,
          region: r,
          nominalMs: origin.rttMs[r]!,
          p50Ms: origin.rttMs[r]! + ((o * 7 + r * 3) % 10) / 20,
          p99Ms: origin.rttMs[r]! + 1.4,
          samples: 15,
        })),
      ),
    headline: {
      limitMs: 120,
      populationShare: origins
        .filter((o) => o.p99Ms !== null && o.p99Ms <= 120)
        .reduce((sum, o) => sum + plan.origins.find((p) => p.id === o.origin)!.populationShare, 0),
      requestShare: within(people) ?? 0,
    },
    origins,
    series: plan.regions.map((r, i) =>
      series(
        plan,
        r.id,
        requests.filter((q) => q.region === i),
        requests.filter((q) => !q.probe && plan.origins[q.origin]!.homeRegion === i),
      ),
    ),
    clientLatency: Object.fromEntries(
      plan.regions.map((r, i) => [r.id, distribution(people.filter((q) => q.region === i))]),
    ),
    regionLatency: Object.fromEntries(
      plan.regions.map((r, i) => [
        r.id,
        distribution(judged.filter((q) => q.probe && q.class === 'read' && q.region === i)),
      ]),
    ),
    split: plan.regions.flatMap((r, i) =>
      OPERATION_CLASSES.map((of) => {
        const rows = people.filter((q) => q.region === i && q.class === of);
        const mean = (part: (q: Drawn) => number): number =>
          rows.length === 0 ? 0 : rows.reduce((sum, q) => sum + part(q), 0) / rows.length;
        return {
          region: r.id,
          class: of,
          n: rows.length,
          waitedMs: mean((q) => q.waited),
          resolveMs: mean((q) => q.resolve),
          connectMs: mean((q) => q.connect),
          pathMs: mean((q) => q.path),
          serverMs: mean((q) => q.server),
        };
      }),
    ),
    worst: failing.flatMap((cell) =>
      judged
        .filter(
          (q) =>
            plan.regions[q.region]!.id === cell.subject &&
            claimById(cell.claim).classes.includes(q.class) &&
            (claimById(cell.claim).vantage !== 'region' || q.probe),
        )
        .toSorted((a, b) => b.latency - a.latency)
        .slice(0, 10)
        .map((q) => ({
          claim: cell.claim,
          subject: cell.subject,
          row: q.row,
          origin: q.probe ? `probe-${plan.regions[q.region]!.id}` : plan.origins[q.origin]!.id,
          region: plan.regions[q.region]!.id,
          served: plan.regions[q.served]!.id,
          operation: q.class,
          cohort: 'ttl',
          cold: q.cold,
          dueMs: q.dueMs,
          latencyMs: q.latency,
          waitedMs: q.waited,
          resolveMs: q.resolve,
          connectMs: q.connect,
          pathMs: q.path,
          serverMs: q.server,
          status: q.bad ? 500 : 200,
          error: q.bad ? 'http-5xx' : 'none',
          text: '',
          traceId: `5f1c09d2ab34e677${q.row.toString(16).padStart(16, '0')}`,
        })),
    ),
    generator: {
      tool: 'k6 v2.2.0',
      lagP50Ms: requests.length === 0 ? null : 0.4,
      lagP99Ms: requests.length === 0 ? null : kind === 'INVALID' ? 61.2 : 2.1,
      lagMaxMs: requests.length === 0 ? null : kind === 'INVALID' ? 804 : 9,
      clientBlockedShare: 0.004,
      controlP99Ms: requests.length === 0 ? null : 1.6,
      cpuShare: requests.length === 0 ? null : 0.31,
      stealShare: requests.length === 0 ? null : 0.002,
      rssBytes: requests.length === 0 ? null : 241_000_000,
    },
    names: [],
    servers: { postgres: '18.4', redis: '8.0.6', toxiproxy: '2.12.0', node: 'v20.20.2' },
    notes: [],
    notTested: [
      ...(hasFault(kind) ? [] : ['Failover, recovery and data loss: no fault was injected.']),
      'staleness in us-east-1: its reads come from the primary.',
      ...(kind === 'nothing' ? ['Everything: no request was sent.'] : []),
    ],
    figures: sampleFigures(plan, requests, kind),
    journal: hasFault(kind) ? sampleJournal(kind) : [],
  };
}
