/** The parts of a sample result that are not about faults: its sentence, its checks, its distributions and series. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { Distribution, RunResult, ValidityCheck } from '../../reports/run-result.ts';
import { BUCKET_MS, type Drawn, type SampleKind } from './scene.ts';

export function sentences(kind: SampleKind): { why: string; next: string } {
  const report = 'npm run load -- --profile apac-heavy';
  return {
    PASS: {
      why: 'All 14 gating cells pass; where the limit is a share, with 95 % confidence.',
      next: '',
    },
    FAIL: {
      why: 'read-p99 in ap-southeast-1: 50 of 2,015 requests took longer than 120 ms or failed (2.5 %). With 95 % confidence the true share is at least 1.9 %; the limit is 1 %.',
      next: 'Open report.html: it shows the ten worst requests of every FAIL.',
    },
    INCONCLUSIVE: {
      why: 'Too little evidence for read-p99 in us-east-1 and 11 more: 0 of 102 requests took longer than 120 ms or failed (0 %). The true share is between 0 % and 2.9 %; the limit is 1 %. About 198 more requests would decide it.',
      next: `${report} --duration 72`,
    },
    INVALID: {
      why: 'The run did not test its claims (generator-lag): The generator sent requests late.',
      next: 'Free this machine of other work, or halve the rate with `--rate`, and run again.',
    },
    interrupted: {
      why: 'Interrupted after 63.3 s; every request up to then is recorded and judged.',
      next: report,
    },
    fault: {
      why: 'All 24 gating cells pass; where the limit is a share, with 95 % confidence.',
      next: '',
    },
    fis: {
      why: 'All 24 gating cells pass; where the limit is a share, with 95 % confidence.',
      next: '',
    },
    nothing: { why: 'No request was sent, so nothing was tested.', next: `Run again: ${report}` },
  }[kind];
}

export function validity(kind: SampleKind): ValidityCheck[] {
  const late = kind === 'INVALID';
  return [
    check('conservation', kind !== 'nothing', '0 missing', '0', 'Every planned request is recorded once.'),
    check('target-counters', true, '0 differ', '0', 'The target’s counters match the recording.'),
    check('generator-lag', !late, late ? '61.2 ms' : '2.1 ms', '20 ms', 'p99 of the delay between due time and send.'),
    check(
      'control-series',
      true,
      '1.6 ms',
      '20 ms',
      'p99 of an echo inside the harness: its own share of the latency.',
    ),
    check('clock', true, '0.2 ms', '5 ms', 'Largest step between wall clock and monotonic clock.'),
    check('mix', true, '0.002', '0.01', 'Total variation between the recorded and the planned mix.'),
    check('calibration', true, '0.5 ms', '2 ms', 'Largest error of a lane before the run.'),
    check('generator-resources', true, 'none missing', 'none', 'The generator had ports and file handles to spare.'),
    check('generator-cpu', !late, late ? '0.97' : '0.31', '0.9', 'CPU of k6 as a share of its cores.'),
  ];
}

const check = (id: ValidityCheck['id'], ok: boolean, value: string, limit: string, note: string): ValidityCheck => ({
  id,
  ok,
  value,
  limit,
  note,
});

export function quantile(values: number[], q: number): number | null {
  if (values.length === 0) return null;
  const at = values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1]!;
  return Number.isFinite(at) ? at : null;
}

export function distribution(rows: Drawn[]): Distribution {
  const answered = rows.filter((r) => !r.bad).map((r) => r.latency);
  const edgesMs = Array.from({ length: 96 }, (_, i) => 10 ** ((i + 1) / 24));
  const counts = edgesMs.map(() => 0);
  for (const v of answered) counts[Math.min(95, Math.max(0, Math.ceil(Math.log10(v) * 24) - 1))]! += 1;
  const all = rows.map((r) => (r.bad ? Infinity : r.latency));
  return {
    n: rows.length,
    bad: rows.length - answered.length,
    p50: quantile(all, 0.5),
    p90: quantile(all, 0.9),
    p99: quantile(all, 0.99),
    p999: quantile(all, 0.999),
    max: quantile(answered, 1),
    edgesMs,
    counts,
  };
}

export function series(plan: RunPlan, id: string, rows: Drawn[], people: Drawn[]): RunResult['series'][number] {
  const bucketsOf = (some: Drawn[]): Drawn[][] => {
    const buckets = Array.from({ length: plan.durationMs / BUCKET_MS }, (): Drawn[] => []);
    for (const r of some) buckets[Math.floor(r.dueMs / BUCKET_MS)]!.push(r);
    return buckets;
  };
  const [buckets, homes] = [bucketsOf(rows), bucketsOf(people)];
  const share = (of: Drawn[], is: (r: Drawn) => boolean): number | null =>
    of.length === 0 ? null : of.filter(is).length / of.length;
  return {
    region: id,
    atMs: buckets.map((_, i) => i * BUCKET_MS),
    ratePerSecond: buckets.map((of) => (of.length === 0 ? null : of.length / (BUCKET_MS / 1000))),
    p50Ms: buckets.map((of) =>
      quantile(
        of.filter((r) => !r.bad).map((r) => r.latency),
        0.5,
      ),
    ),
    p99Ms: buckets.map((of) =>
      quantile(
        of.filter((r) => !r.bad).map((r) => r.latency),
        0.99,
      ),
    ),
    errorShare: buckets.map((of) => share(of, (r) => r.bad)),
    homeShare: homes.map((of) => share(of, (r) => r.region === plan.origins[r.origin]!.homeRegion)),
    blockedShare: homes.map((of) => share(of, (r) => r.waited > 0)),
  };
}
