/**
 * A plan and a result that look like a real run of `apac-heavy`, drawn from a seed: what the reports are tested and
 * looked at with. Round trips are the atlas's own; answer times are drawn; verdicts follow from the drawn counts.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { accessNetwork } from '../src/geo/access.ts';
import { city, region } from '../src/geo/atlas.ts';
import { interRegionRttMs, roundTripMs } from '../src/geo/round-trip.ts';
import { DEFAULT_VALIDITY, OPERATION_CLASSES } from '../src/formats/plan.ts';
import type { OperationClass, PlanClaim, PlanOrigin, PlanRegion, RunPlan } from '../src/formats/plan.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import { NO_RETRIES } from '../src/formats/timetable.ts';
import type { ReplicaLag } from '../src/formats/data-figures.ts';
import type {
  CellVerdict,
  CohortFailover,
  Distribution,
  FaultFigures,
  RunResult,
  ValidityCheck,
} from '../src/formats/run-result.ts';
import { lowerBound, upperBound } from '../src/statistics/binomial.ts';

export type SampleKind = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'INVALID' | 'interrupted' | 'nothing' | 'fault';

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
const SHARES: Record<string, number> = {
  tokyo: 14,
  osaka: 6,
  seoul: 8,
  taipei: 5,
  'hong-kong': 6,
  manila: 5,
  bangkok: 6,
  jakarta: 8,
  singapore: 6,
  mumbai: 10,
  sydney: 5,
  auckland: 2,
  london: 6,
  frankfurt: 4,
  'new-york': 6,
  'sao-paulo': 3,
};
const WARM_UP_MS = 10_000;
/** The sample with a fault: baseline to here, the region gone from t0 to t1, clients elsewhere from the switch on. */
const FAULT = {
  fromMs: 70_000,
  t0Ms: 70_040,
  ttdMs: 5_900,
  switchMs: 76_000,
  toMs: 120_000,
  t1Ms: 120_090,
  backMs: 126_000,
};
const FAULT_PHASES: RunPlan['phases'] = [
  { name: 'warm-up', fromMs: 0, toMs: WARM_UP_MS, judged: false },
  { name: 'baseline', fromMs: WARM_UP_MS, toMs: FAULT.fromMs, judged: true },
  { name: 'fault', fromMs: FAULT.fromMs, toMs: FAULT.toMs, judged: true },
  { name: 'recovery', fromMs: FAULT.toMs, toMs: 140_000, judged: false },
  { name: 'recovery', fromMs: 140_000, toMs: 190_000, judged: true },
];
const HURT = 2;
const BUCKET_MS = 2_000;
const MIX_PER_SECOND = 120;
const PROBES_PER_SECOND = 20;
const LAST_MILE_MS = accessNetwork('fixed').lastMileMs;

/** A request as drawn; parts in ms. */
interface Drawn {
  row: number;
  origin: number;
  region: number;
  served: number;
  class: OperationClass;
  probe: boolean;
  cold: boolean;
  dueMs: number;
  waited: number;
  resolve: number;
  connect: number;
  path: number;
  server: number;
  latency: number;
  bad: boolean;
}

export interface SampleRun {
  plan: RunPlan;
  result: RunResult;
}

/** Plan and result of one sample run; the same for the same kind and seed. */
export function sampleRun(kind: SampleKind, seed = 1): SampleRun {
  const key = `${kind} ${seed}`;
  const run = drawn.get(key) ?? drawRun(kind, seed);
  drawn.set(key, run);
  // A copy, because tests alter it.
  return structuredClone(run);
}

const drawn = new Map<string, SampleRun>();

function drawRun(kind: SampleKind, seed: number): SampleRun {
  const judgedMs = kind === 'INCONCLUSIVE' ? 8_000 : 180_000;
  const plan = samplePlan(kind, seed, judgedMs);
  const requests = kind === 'nothing' ? [] : draw(plan, kind, seed);
  return { plan, result: sampleResult(plan, requests, kind) };
}

const CLAIMS: PlanClaim[] = [
  claim('read-p99', 'reads p99 <= 120 ms in the region', 'latency', ['read'], 'region', 0.01),
  claim('write-p99', 'writes p99 <= 120 ms plus the round trip to the primary', 'latency', ['write'], 'region', 0.01),
  claim('good', '99.9 % of all requests answered as expected', 'availability', [...OPERATION_CLASSES], 'any', 0.001),
  claim(
    'home-share',
    '99 % of requests served by their home region',
    'home-share',
    ['read', 'write', 'auth'],
    'client',
    0.01,
  ),
  claim('staleness', '99 % of replica reads at most 500 ms behind', 'staleness', ['read'], 'any', 0.01),
  {
    ...claim('client-p99', 'what people in each city get, p99 <= 120 ms', 'latency', ['read'], 'client', 0.01),
    per: 'origin',
    gating: false,
  },
];

function claim(
  id: string,
  title: string,
  metric: PlanClaim['metric'],
  classes: OperationClass[],
  vantage: PlanClaim['vantage'],
  maxBadShare: number,
): PlanClaim {
  return {
    id,
    title,
    metric,
    classes,
    vantage,
    per: 'region',
    gating: true,
    maxBadShare,
    phase: 'baseline',
    only: null,
  };
}

/** With a fault: the claims as they were before it, then outside it, then after it. */
function claimsOf(kind: SampleKind): PlanClaim[] {
  if (kind !== 'fault') return CLAIMS;
  const [read, , good, home] = CLAIMS as [PlanClaim, PlanClaim, PlanClaim, PlanClaim];
  const during = { phase: 'fault' as const, only: [0, 1] };
  const after = { phase: 'recovery' as const };
  return [
    ...CLAIMS.map((c) => ({ ...c, gating: false })),
    { ...good, ...during, id: 'during-good', title: `${good.title}, outside the fault`, maxBadShare: 0.005 },
    { ...read, ...during, id: 'during-read-p99', title: `${read.title}, outside the fault` },
    { ...good, ...after, id: 'after-good', title: `${good.title}, after the fault`, maxBadShare: 0.005 },
    { ...read, ...after, id: 'after-read-p99', title: `${read.title}, after the fault` },
    { ...home, ...after, id: 'after-home-share', title: `${home.title}, after the fault` },
  ];
}

const experiment = (): PlanExperiment => ({
  name: 'region-outage',
  title: 'A region refuses every connection',
  hypothesis: 'Its people are served elsewhere within 15 s, and nobody else notices.',
  faults: [
    {
      number: 1,
      kind: 'region-outage',
      params: { region: REGIONS[HURT]!, face: 'refused' },
      sites: [
        { driver: 'toxiproxy', name: `ingress-${REGIONS[HURT]!}`, kind: 'ingress', region: REGIONS[HURT]!, to: null },
      ],
      fromMs: FAULT.fromMs,
      toMs: FAULT.toMs,
    },
  ],
  regions: [HURT],
  blastRadius: { requestShare: 0.78, durationMs: FAULT.toMs - FAULT.fromMs },
  limits: {
    rtoMs: 15_000,
    failBackMs: 20_000,
    recoveryMs: 20_000,
    lostWrites: null,
    wrongCartWinners: null,
    convergenceMs: null,
    stalenessMs: null,
    readP99Ms: null,
    lagAlertMs: null,
    unreportedLagShare: null,
    badShare: 0.2,
    ownReadMs: 2000,
    goingBackShare: 0.03,
  },
  guards: { outsideBadShare: 0.1, windowMs: 5000 },
});

function samplePlan(kind: SampleKind, seed: number, judgedMs: number): RunPlan {
  const claims = claimsOf(kind);
  const total = Object.values(SHARES).reduce((a, b) => a + b);
  const fixed = accessNetwork('fixed');
  const cities = Object.entries(SHARES).map(([id, weight]): PlanOrigin => {
    const { name, country, lat, lon } = city(id);
    const trips = REGIONS.map((r) => roundTripMs(id, r));
    const rttMs = trips.map((trip) => trip.ms);
    return {
      id,
      kind: 'city',
      city: name,
      country,
      lat,
      lon,
      share: weight / total,
      populationShare: weight / total,
      homeRegion: rttMs.indexOf(Math.min(...rttMs)),
      rttMs,
      rttSource: trips.map((trip) => trip.source),
      access: [{ kind: 'fixed', share: 1, ...fixed }],
    };
  });
  const regions = REGIONS.map((id, i) => {
    const { city: name, lat, lon } = region(id);
    return { id, city: name, lat, lon, rttToPrimaryMs: interRegionRttMs(id, REGIONS[0]!), replica: i > 0 };
  });
  const cells = claims.flatMap((c, at) =>
    (c.per === 'region' ? regions : cities).flatMap((_, s) => {
      if (c.only !== null && !c.only.includes(s)) return [];
      if (c.metric === 'staleness' && !regions[s]!.replica) return [];
      const floorMs = c.per === 'origin' ? cities[s]!.rttMs[cities[s]!.homeRegion]! + fixed.lastMileMs : null;
      const extra = c.id === 'write-p99' ? regions[s]!.rttToPrimaryMs : 0;
      const limitMs = c.metric === 'latency' ? 120 + extra : c.metric === 'staleness' ? 500 : null;
      return [
        {
          claim: at,
          subject: s,
          limitMs,
          floorMs,
          infeasible: floorMs !== null && limitMs !== null && floorMs > limitMs,
          plannedRequests: c.per === 'region' ? 3600 : 900,
          passProbability: 0.997,
          failProbability: 0.999,
          secondsToDecide: 60,
        },
      ];
    }),
  );
  const durationMs = WARM_UP_MS + judgedMs;
  const mixRows = (durationMs / 1000) * MIX_PER_SECOND;
  const defect = kind === 'FAIL' ? 'slow-region' : null;
  const flags = `--profile apac-heavy${defect ? ` --defect ${defect}` : ''} --seed ${seed}`;
  return {
    version: 1,
    runId: `20261122-2147-apac-heavy-${String(seed).padStart(4, '0')}`,
    createdAt: '2026-11-22T21:47:03.000Z',
    command: kind === 'fault' ? `npm run chaos -- region-outage ${flags}` : `npm run load -- ${flags}`,
    seed,
    quick: kind === 'INCONCLUSIVE',
    profile: { name: 'apac-heavy', title: 'Three quarters of the people in Asia-Pacific' },
    target: {
      name: 'active-active',
      world: 'active-active',
      defect,
      environment: 'local',
      routingSpeed: 'fast',
      ttlSeconds: 5,
    },
    lanes: 'emulate',
    regions,
    origins: [...cities, ...regions.map(probes), CONTROL],
    operations: OPERATION_CLASSES.map((name) => ({
      name,
      class: name,
      kind: 'request',
      method: 'GET',
      path: '/',
      body: null,
      headers: {},
      expect: [200],
      timeoutMs: 10_000,
      steps: [],
      via: name === 'static' ? 'edge' : 'region',
    })),
    tenants: ['acme'],
    retries: {
      fresh: NO_RETRIES,
      ttl: NO_RETRIES,
      sticky: { most: 1, backoffMs: 100 },
      direct: NO_RETRIES,
    },
    phases:
      kind === 'fault'
        ? FAULT_PHASES
        : [
            { name: 'warm-up', fromMs: 0, toMs: WARM_UP_MS, judged: false },
            { name: 'baseline', fromMs: WARM_UP_MS, toMs: durationMs, judged: true },
          ],
    streams: [],
    durationMs,
    ratePerSecond: MIX_PER_SECOND,
    rows: mixRows + (durationMs / 1000) * PROBES_PER_SECOND * REGIONS.length,
    mixRows,
    claims,
    cells,
    validity: DEFAULT_VALIDITY,
    experiment: kind === 'fault' ? experiment() : null,
    session: null,
  };
}

const probes = ({ id, city: name, lat, lon }: PlanRegion, home: number): PlanOrigin => ({
  ...CONTROL,
  id: `probe-${id}`,
  kind: 'region',
  city: name,
  lat,
  lon,
  homeRegion: home,
});

const CONTROL: PlanOrigin = {
  id: 'control',
  kind: 'control',
  city: 'control',
  country: '',
  lat: 0,
  lon: 0,
  share: 0,
  populationShare: 0,
  homeRegion: 0,
  rttMs: REGIONS.map(() => 0),
  rttSource: REGIONS.map(() => 'measured' as const),
  access: [],
};

function draw(plan: RunPlan, kind: SampleKind, seed: number): Drawn[] {
  const rng = xoroshiro128plus(seed);
  const uniform = (): number => uniformFloat64(rng);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const lognormal = (median: number, sigma: number): number => median * Math.exp(sigma * normal());
  const endMs = kind === 'interrupted' ? plan.durationMs / 3 : plan.durationMs;
  const requests: Drawn[] = [];
  const mix = (kind === 'interrupted' ? 1 / 3 : 1) * plan.mixRows;
  const probes = plan.rows - plan.mixRows;
  for (let row = 0; row < mix + (probes * mix) / plan.mixRows; row += 1) {
    const probe = row >= mix;
    let at = 0;
    for (let u = uniform(); !probe && (u -= plan.origins[at]!.share) > 0 && at < plan.origins.length - 1;) at += 1;
    const origin = plan.origins[at]!;
    const asked = probe ? row % plan.regions.length : uniform() < 0.001 ? 0 : origin.homeRegion;
    const u = uniform();
    const opClass: OperationClass = u < 0.55 ? 'read' : u < 0.75 ? 'write' : u < 0.88 ? 'static' : 'auth';
    const cold = uniform() < (probe ? 0.001 : 0.008);
    const rtt = probe ? 0.2 : origin.rttMs[asked]! + LAST_MILE_MS + lognormal(2, 0.6);
    const slow = kind === 'FAIL' && asked === 2 && opClass !== 'static' && uniform() < 0.027;
    const server =
      (opClass === 'static' ? lognormal(1.2, 0.4) : lognormal(6, 0.75)) +
      (opClass === 'write' ? plan.regions[asked]!.rttToPrimaryMs! : 0) +
      (slow ? lognormal(230, 0.5) : 0);
    const waited = uniform() < 0.004 ? lognormal(8, 0.8) : 0;
    const resolve = cold ? lognormal(3, 0.5) : 0;
    const connect = cold ? rtt : 0;
    requests.push({
      row,
      origin: at,
      region: asked,
      served: asked,
      class: opClass,
      probe,
      cold,
      dueMs: Math.floor(uniform() * endMs),
      waited,
      resolve,
      connect,
      path: rtt,
      server,
      latency: waited + resolve + connect + rtt + server,
      bad: uniform() < 0.00002,
    });
    if (kind === 'fault') breakRequest(plan, requests.at(-1)!);
  }
  return requests;
}

/** What the outage does to a request of its region: refused, then served by Ireland, then at home again. */
function breakRequest(plan: RunPlan, r: Drawn): void {
  if (r.region !== HURT || r.class === 'static' || r.dueMs < FAULT.t0Ms || r.dueMs >= FAULT.backMs) return;
  const turnsMs = FAULT.switchMs + ((r.origin * 613) % 2400);
  if (!r.probe && r.dueMs >= turnsMs) {
    const rtt = plan.origins[r.origin]!.rttMs;
    r.latency += rtt[1]! - rtt[HURT]!;
    r.path += rtt[1]! - rtt[HURT]!;
    r.region = 1;
    r.served = 1;
  } else if (r.dueMs < FAULT.t1Ms) {
    r.bad = true;
    r.latency = 1;
  }
}

function sampleResult(plan: RunPlan, requests: Drawn[], kind: SampleKind): RunResult {
  const phaseOf = (r: Drawn): string | undefined =>
    plan.phases.find((p) => p.judged && r.dueMs >= p.fromMs && r.dueMs < p.toMs)?.name;
  const judged = requests.filter((r) => phaseOf(r) === 'baseline');
  const inPhase = (name: string): Drawn[] =>
    name === 'baseline' ? judged : requests.filter((r) => phaseOf(r) === name);
  const people = judged.filter((r) => !r.probe);
  const subjectOf = (c: PlanClaim, r: Drawn): number =>
    c.per === 'origin' ? r.origin : c.metric === 'home-share' ? plan.origins[r.origin]!.homeRegion : r.region;
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
      c.metric === 'latency'
        ? r.bad || r.latency > cell.limitMs!
        : c.metric === 'availability'
          ? r.bad
          : c.metric === 'home-share'
            ? r.region !== plan.origins[r.origin]!.homeRegion
            : lagMs(r) > cell.limitMs!;
    const total = rows.length;
    const bad = rows.filter(isBad).length;
    const value = c.metric === 'staleness' ? lagMs : (r: Drawn) => (r.bad ? Infinity : r.latency);
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
    const share = total === 0 ? 'no request' : `${((100 * bad) / total).toFixed(2)} % of ${total} requests`;
    const beyond = { latency: `took longer than ${cell.limitMs} ms`, availability: 'failed' }[c.metric as 'latency'];
    return {
      claim: c.id,
      subject,
      gating: c.gating,
      status,
      why:
        status === 'INFEASIBLE'
          ? `${subject} is ${cell.floorMs!.toFixed(0)} ms away by physics, the limit is ${cell.limitMs} ms`
          : `${share} ${beyond ?? 'missed the claim'}, allowed ${c.maxBadShare * 100} %`,
      limitMs: cell.limitMs,
      floorMs: cell.floorMs,
      maxBadShare: c.maxBadShare,
      total,
      bad,
      badShare: total === 0 ? null : bad / total,
      lowerShare: total === 0 ? null : lower,
      upperShare: total === 0 ? null : upper,
      designEffect: bad === 0 ? 1 : 1.2,
      valueMs: c.metric === 'latency' || c.metric === 'staleness' ? quantile(rows.map(value), 1 - c.maxBadShare) : null,
      requestsLacking: lacking,
    };
  });
  cells.push(...(kind === 'fault' ? limitCells(requests) : []));
  const verdict: RunResult['verdict'] =
    kind === 'nothing' ? 'INVALID' : kind === 'interrupted' ? 'INCONCLUSIVE' : kind === 'fault' ? 'PASS' : kind;
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
    version: 1,
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
      doubled: 0,
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
      rssBytes: requests.length === 0 ? null : 241_000_000,
    },
    notTested: [
      ...(kind === 'fault' ? [] : ['failover: no fault was injected in this run']),
      'staleness in us-east-1: its reads come from the primary',
      ...(kind === 'nothing' ? ['everything: no request was sent'] : []),
    ],
    faults: kind === 'fault' ? [faultFigures(plan, requests)] : [],
    ledger:
      kind === 'fault'
        ? {
            acknowledged: 3_402,
            refused: 0,
            unknown: 3,
            appeared: 1,
            unread: [],
            wasRead: true,
            lost: 0,
            divergent: 0,
            lostBeforeMs: 0,
            behind: plan.regions.map((r) => ({ region: r.id, missing: 0 })),
          }
        : null,
    carts:
      kind === 'fault'
        ? {
            acknowledged: 2_268,
            refused: 0,
            unknown: 2,
            unclear: 0,
            ignored: 0,
            during: 590,
            differing: 0,
            readAfterMs: 61_200,
            regions: plan.regions.map(({ id }, i) => ({
              region: id,
              wasRead: true,
              carts: 12,
              wrong: 0,
              unjudged: 0,
              ancestors: 0,
              strangers: 0,
              gone: 0,
              reads: 236,
              unseen: 0,
              fromMs: 100 * i,
              toMs: 640 + 300 * i,
            })),
          }
        : null,
    sessions:
      kind === 'fault'
        ? plan.regions.map(({ id }, i) => ({
            region: id,
            sessions: 27,
            reads: 640 - i * 110,
            ownMissed: i,
            ownLongestMs: i * 62,
            lateReads: 420 - i * 70,
            lateMissed: 0,
            goingBack: 0,
          }))
        : [],
    lag: kind === 'fault' ? sampleLag(plan) : [],
    journal: kind === 'fault' ? JOURNAL : [],
  };
}

/** The hurt region's replica falls behind while it is cut off; the dashboard follows, and raises its alert. */
function sampleLag(plan: RunPlan): ReplicaLag[] {
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

/** People at home in the hurt region while the fault lasted. */
const whileHurt = (requests: Drawn[]): Drawn[] =>
  requests.filter(
    (r) =>
      !r.probe &&
      r.class !== 'static' &&
      r.dueMs >= FAULT.t0Ms &&
      r.dueMs < FAULT.t1Ms &&
      (r.region === HURT || (r.latency > 1 && r.served === 1 && HOMES[r.origin] === HURT)),
  );

/** Home region by origin, as the plan has it. */
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

function faultFigures(plan: RunPlan, requests: Drawn[]): FaultFigures {
  const mine = whileHurt(requests);
  return {
    number: 1,
    kind: 'region-outage',
    title: `region-outage ${REGIONS[HURT]!} (refused)`,
    askedMs: FAULT.fromMs,
    t0Ms: FAULT.t0Ms,
    revertMs: FAULT.toMs,
    t1Ms: FAULT.t1Ms,
    regions: [
      {
        region: plan.regions[HURT]!.id,
        requests: mine.length,
        bad: mine.filter((r) => r.bad).length,
        clientBlocked: Math.round(mine.length * 0.013),
        retried: Math.round(mine.length * 0.04),
        timed: true,
        timedAfter: true,
        untimed: [],
        timeToImpactMs: 88,
        ttdMs: FAULT.ttdMs,
        rtoFromMs: 8_240,
        rtoToMs: 8_371,
        t50Ms: 6_900,
        t90Ms: 8_100,
        t99Ms: 8_500,
        failBackMs: 6_410,
        recoveryMs: 6_900,
        watchedMs: 69_000,
        hasBaseline: true,
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

function limitCells(requests: Drawn[]): CellVerdict[] {
  const mine = whileHurt(requests);
  const bad = mine.filter((r) => r.bad).length;
  const base: CellVerdict = {
    claim: '',
    subject: REGIONS[HURT]!,
    gating: true,
    status: 'PASS',
    why: '',
    limitMs: null,
    floorMs: null,
    maxBadShare: 0,
    total: 10_000,
    bad: 2_900,
    badShare: null,
    lowerShare: null,
    upperShare: null,
    designEffect: 1,
    valueMs: null,
    requestsLacking: 0,
  };
  const [lowerShare, upperShare] = [lowerBound(bad, mine.length, 0.05), upperBound(bad, mine.length, 0.05)];
  return [
    {
      ...base,
      claim: 'rto',
      why: 'Served again between 8.24 s and 8.37 s after the bite.',
      limitMs: 15_000,
      valueMs: 8_371,
    },
    {
      ...base,
      claim: 'fail-back',
      why: 'Clients were at home again 6.41 s after the heal.',
      limitMs: 20_000,
      valueMs: 6_410,
    },
    {
      ...base,
      claim: 'recovery',
      why: 'Clients were as before 6.9 s after the heal.',
      limitMs: 20_000,
      valueMs: 6_900,
    },
    {
      ...base,
      claim: 'during-bad-share',
      why: `${bad} of ${mine.length} failed while the fault lasted.`,
      maxBadShare: 0.2,
      total: mine.length,
      bad,
      badShare: bad / mine.length,
      lowerShare,
      upperShare,
    },
    ...REGIONS.map((subject, i): CellVerdict => ({
      ...base,
      claim: 'read-your-writes',
      subject,
      why: 'Own writes and deletes were seen in time.',
      limitMs: 2_000,
      total: 420 - i * 70,
      bad: 0,
      valueMs: i * 62,
    })),
    ...REGIONS.map((subject, i): CellVerdict => ({
      ...base,
      claim: 'monotonic-reads',
      subject,
      why: 'No read showed less than its session had seen.',
      maxBadShare: 0.03,
      total: 640 - i * 110,
      bad: 0,
      badShare: 0,
      lowerShare: 0,
      upperShare: upperBound(0, 640 - i * 110, 0.05),
    })),
  ];
}

const JOURNAL: RunResult['journal'] = [
  { ms: null, text: 'Planned: 34,200 requests.' },
  { ms: null, text: 'State PREFLIGHT.' },
  { ms: -500, text: 'T0 chosen.' },
  { ms: 0, text: 'State BASELINE.' },
  { ms: 69_950, text: 'Fault 1 (region-outage) is about to begin; its undo is written down.' },
  { ms: 70_000, text: 'State ACTIVE.' },
  { ms: 70_020, text: 'Fault 1 started; its control calls took 20 ms.' },
  { ms: 70_040, text: 'Fault 1 bites: ingress-ap-southeast-1 refused after 1 ms.' },
  { ms: 120_000, text: 'Fault 1 is being undone (planned).' },
  { ms: 120_090, text: 'Fault 1 is gone: ingress-ap-southeast-1 answered after 3 ms.' },
  { ms: 120_091, text: 'State RECOVERING.' },
  { ms: 190_400, text: 'The generator ended with exit code 0.' },
  { ms: 190_700, text: 'Ended.' },
];

/** How far behind a replica read was: drawn with the row, independent of its latency. */
const lagMs = (r: Drawn): number => 20 + ((r.row * 7919) % 1000) / 12;

const claimById = (id: string): PlanClaim => CLAIMS.find((c) => c.id === id)!;

function sentences(kind: SampleKind): { why: string; next: string } {
  const report = 'npm run load -- --profile apac-heavy';
  return {
    PASS: { why: 'All 14 gating cells hold: three regions kept p99 and 99.9 % with 95 % confidence.', next: '' },
    FAIL: {
      why: 'Reads in ap-southeast-1 are too slow: at least 2 % took longer than 120 ms where 1 % may.',
      next: 'Open report.html at "Worst requests": the time is spent in the server of ap-southeast-1.',
    },
    INCONCLUSIVE: {
      why: '14 gating cells have too little evidence; nothing contradicts them.',
      next: `Run it at full length: ${report}`,
    },
    INVALID: {
      why: 'The generator sent late (p99 of its lag 61 ms, at most 20 ms): what it measured is not the target.',
      next: `Lower the rate or use a larger machine: ${report} --rate 60`,
    },
    interrupted: {
      why: 'Interrupted after a third of the run; what was recorded does not decide the claims.',
      next: `Let it finish: ${report}`,
    },
    fault: {
      why: 'All 14 gating cells hold: clients of ap-southeast-1 were served again 8.4 s after it was gone.',
      next: '',
    },
    nothing: { why: 'No request was sent, so nothing was tested.', next: `Run again: ${report}` },
  }[kind];
}

function validity(kind: SampleKind): ValidityCheck[] {
  const late = kind === 'INVALID';
  return [
    check('conservation', kind !== 'nothing', '0 missing', '0', 'Every planned request is recorded or explained.'),
    check('target-counters', true, '0 apart', '0', "The target's own counters agree with the recording."),
    check('generator-lag', !late, late ? '61.2 ms' : '2.1 ms', '20 ms', 'p99 of how late requests were sent.'),
    check('control-series', true, '1.6 ms', '20 ms', 'p99 of an echo inside the harness: what it adds itself.'),
    check('clock', true, '0.2 ms', '5 ms', 'Largest step between wall clock and monotonic clock.'),
    check('mix', true, '0.002', '0.01', 'Total variation between the mix sent and the mix planned.'),
    check('calibration', true, '0.5 ms', '2 ms', 'Largest error of a lane before the run.'),
    check('generator-cpu', !late, late ? '0.97' : '0.31', '0.9', 'CPU of k6 as a share of what it may use.'),
  ];
}

const check = (id: ValidityCheck['id'], ok: boolean, value: string, limit: string, note: string): ValidityCheck => ({
  id,
  ok,
  value,
  limit,
  note,
});

function quantile(values: number[], q: number): number | null {
  if (values.length === 0) return null;
  const at = values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1]!;
  return Number.isFinite(at) ? at : null;
}

function distribution(rows: Drawn[]): Distribution {
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

function series(plan: RunPlan, id: string, rows: Drawn[], people: Drawn[]): RunResult['series'][number] {
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
