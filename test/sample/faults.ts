/** The parts of a sample result that are about its fault: clock, limits, lag, journal. */
import type { CohortFailover, FaultFigures } from '../../claims/measures/failover/schema.ts';
import type { ReplicaLag } from '../../claims/measures/replica-lag/schema.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../../reports/run-result.ts';
import { roundTripMs } from '../../src/geo/round-trip.ts';
import { lowerBound, upperBound } from '../../src/statistics/binomial.ts';
import { EVACUATE } from './evacuation.ts';
import { ASKED_BEFORE_MS, fisJournal, sampleFis } from './fis.ts';
import { type Drawn, FAULT, HURT, REGIONS, type SampleKind, SHARES } from './scene.ts';

/** The affected region's replica falls behind during the outage; the dashboard follows and raises its alert. */
export function sampleLag(plan: RunPlan): ReplicaLag[] {
  return plan.regions.flatMap(({ id, replica }, region) => {
    if (!replica) return [];
    const atMs = Array.from({ length: Math.ceil(plan.durationMs / 1000) }, (_, i) => i * 1000);
    const behind = (ms: number): number =>
      region === HURT && ms > FAULT.t0Ms && ms < FAULT.t1Ms ? ms - FAULT.t0Ms : 40 + (((ms / 1000) * 37) % 80);
    return {
      region: id,
      atMs,
      seenMs: atMs.map((ms, i) => (i % 7 === 3 ? null : behind(ms))),
      reportedMs: atMs.map((ms) => behind(ms) + 60),
      alerts: region === HURT ? [FAULT.t0Ms + 1_700, FAULT.t0Ms + 2_200] : [],
    };
  });
}

/** Users whose home is the affected region, during the fault. */
const whileHurt = (requests: Drawn[]): Drawn[] =>
  requests.filter(
    (r) =>
      !r.probe &&
      r.class !== 'static' &&
      r.dueMs >= FAULT.t0Ms &&
      r.dueMs < FAULT.t1Ms &&
      (r.region === HURT || (r.latency > 1 && r.served === 1 && HOMES[r.origin] === HURT)),
  );

/** Home region by origin, as in the plan. */
const HOMES: number[] = Object.keys(SHARES).map((id) => {
  const rttMs = REGIONS.map((r) => roundTripMs(id, r).ms);
  return rttMs.indexOf(Math.min(...rttMs));
});

const RTO: Record<string, [fromMs: number, toMs: number] | null> = {
  fresh: [5_870, 5_981],
  ttl: [8_240, 8_362],
  sticky: [5_910, 6_020],
  direct: null,
  writes: [8_201, 8_371],
};

export function faultFigures(plan: RunPlan, requests: Drawn[], kind: SampleKind): FaultFigures {
  const mine = whileHurt(requests);
  const isFis = kind === 'fis';
  return {
    number: 1,
    kind: 'region-outage',
    title: `region-outage ${REGIONS[HURT]!} (face: ${isFis ? 'blackhole' : 'refused'})`,
    askedMs: FAULT.fromMs - (isFis ? ASKED_BEFORE_MS : 0),
    t0Ms: FAULT.t0Ms,
    revertMs: FAULT.toMs,
    t1Ms: FAULT.t1Ms,
    fis: isFis ? sampleFis() : null,
    regions: [
      {
        region: plan.regions[HURT]!.id,
        requests: mine.length,
        bad: mine.filter((r) => r.bad).length,
        clientBlocked: Math.round(mine.length * 0.013),
        retried: Math.round(mine.length * 0.04),
        timed: true,
        timedAfter: true,
        excludedCohorts: kind === 'fis' ? ['direct', 'sticky'] : ['direct'],
        unmeasuredCohorts: [],
        timeToImpactMs: 88,
        failoverMs: FAULT.failoverMs,
        rtoFromMs: 8_240,
        rtoToMs: 8_371,
        t50Ms: 6_900,
        t90Ms: 8_100,
        t99Ms: 8_500,
        failBackMs: 6_410,
        recoveryMs: 6_900,
        watchedMs: 69_000,
        hasBaseline: true,
        namesRegions: true,
        cohorts: Object.entries(RTO).map(([name, rto]) => cohortFigures(name, rto)),
      },
    ],
  };
}

function cohortFigures(cohort: string, rto: [number, number] | null): CohortFailover {
  const atMs = Array.from({ length: 130 }, (_, i) => FAULT.t0Ms - 5_000 + i * 500);
  const wellMs = rto === null ? Infinity : FAULT.t0Ms + rto[1];
  const backMs = cohort === 'sticky' ? Infinity : FAULT.backMs;
  const spreadMs = cohort === 'ttl' || cohort === 'writes' ? 2_000 : 300;
  const gone = (ms: number): number => Math.min(1, Math.max(0, (ms - wellMs + spreadMs) / spreadMs));
  const share = (ms: number): number =>
    ms + 1000 >= backMs ? Math.max(0, gone(ms) - (ms + 1000 - backMs) / 1000) : gone(ms);
  const bad = (ms: number): number => (ms < FAULT.t0Ms || ms >= FAULT.t1Ms ? 0 : 1 - gone(ms));
  return {
    cohort,
    requests: 2_500,
    bad: rto === null ? 2_500 : Math.round((2_500 * rto[1]) / (FAULT.t1Ms - FAULT.t0Ms)),
    timed: true,
    rtoFromMs: rto?.[0] ?? null,
    rtoToMs: rto?.[1] ?? null,
    curve: { atMs, elsewhereShare: atMs.map(share), badShare: atMs.map(bad) },
  };
}

export function limitCells(requests: Drawn[]): CellVerdict[] {
  const mine = whileHurt(requests);
  const bad = mine.filter((r) => r.bad).length;
  const base = {
    subject: REGIONS[HURT]!,
    gating: true,
    status: 'PASS' as const,
    total: 10_000,
    bad: 2_900,
    limitMs: null,
    requestsLacking: 0,
  };
  const time = (
    kind: CellVerdict['kind'],
    why: string,
    limitMs: number,
    valueMs: number,
    more: Partial<CellVerdict> = {},
  ): CellVerdict =>
    ({ evidence: 'time', ...base, claim: kind, kind, why, limitMs, fromMs: valueMs, valueMs, ...more }) as CellVerdict;
  const share = (
    kind: CellVerdict['kind'],
    why: string,
    maxBadShare: number,
    [bad, total]: [number, number],
    subject = base.subject,
  ): CellVerdict => ({
    evidence: 'share',
    ...base,
    claim: kind,
    kind,
    subject,
    why,
    floorMs: null,
    maxBadShare,
    total,
    bad,
    badShare: bad / total,
    lowerShare: lowerBound(bad, total, 0.05),
    upperShare: upperBound(bad, total, 0.05),
    designEffect: 1,
    valueMs: null,
  });
  const elsewhere = '99 % of requests were served elsewhere 5.5 s after the evacuation request; the limit is 12 s.';
  return [
    time(
      'rto',
      'Clients were served again between 8.24 s and 8.37 s after the fault took effect; the limit is 15 s.',
      15_000,
      8_371,
    ),
    time('evacuation', elsewhere, 12_000, 5_500),
    time(
      'fail-back',
      'Clients were back in their home region 6.41 s after the fault cleared; the limit is 20 s.',
      20_000,
      6_410,
    ),
    time(
      'back-to-baseline',
      'Clients were back to baseline 6.9 s after the fault cleared; the limit is 20 s.',
      20_000,
      6_900,
    ),
    share('during-bad-share', `${bad} of ${mine.length} failed during the fault.`, 0.2, [bad, mine.length]),
    ...REGIONS.map((subject, i) => {
      const more = { subject, total: 420 - i * 70, bad: 0 };
      return time(
        'read-your-writes',
        "All reads showed their session's own writes and deletes; the limit is 2 s.",
        2_000,
        i * 62,
        more,
      );
    }),
    ...REGIONS.map((subject, i) => {
      const why = 'No read showed an older version than its session had already seen; the limit is 3 %.';
      return share('monotonic-reads', why, 0.03, [0, 640 - i * 110], subject);
    }),
  ];
}

const JOURNAL: RunResult['journal'] = [
  { ms: null, text: 'Planned: 34,200 requests.' },
  { ms: null, text: 'State PREFLIGHT.' },
  { ms: -500, text: 'Start time set.' },
  { ms: 0, text: 'State BASELINE.' },
  { ms: 69_950, text: 'Fault 1 (region-outage) is about to be injected; its undo is recorded.' },
  { ms: 70_000, text: 'State ACTIVE.' },
  { ms: 70_020, text: 'Fault 1 injected; its control calls took 20 ms.' },
  { ms: 70_040, text: 'Fault 1 is in effect: ingress-ap-southeast-1 refused after 1 ms.' },
  { ms: 73_000, text: `Evacuation requested: ${EVACUATE.title}.` },
  { ms: 73_040, text: 'The evacuation was accepted after 0.0 s.' },
  { ms: 120_000, text: 'Fault 1 is being reverted (planned).' },
  { ms: 120_090, text: 'Fault 1 is cleared: ingress-ap-southeast-1 responded after 3 ms.' },
  { ms: 120_091, text: 'State RECOVERING.' },
  { ms: 120_130, text: 'The evacuation was reverted; the call took 0.0 s.' },
  { ms: 190_400, text: 'The generator ended with exit code 0.' },
  { ms: 190_700, text: 'Ended.' },
];

export const sampleJournal = (kind: SampleKind): RunResult['journal'] =>
  kind === 'fis' ? fisJournal(JOURNAL) : JOURNAL;
