/** The plan of a sample run. */
import { kindOf } from '../../claims/index.ts';
import { limitClaims } from '../../claims/limits.ts';
import { tenancyOf } from '../tenancy.ts';
import type { PlanExperiment } from '../../src/formats/faults.ts';
import {
  DEFAULT_VALIDITY,
  OPERATION_CLASSES,
  type OperationClass,
  type PlanClaim,
  type PlanOrigin,
  type PlanRegion,
  type RunPlan,
} from '../../src/formats/plan.ts';
import { NO_RETRIES } from '../../src/formats/timetable.ts';
import { ROUTING_CHECKS } from '../../src/formats/world-file.ts';
import { accessNetwork } from '../../src/geo/access.ts';
import { city, region } from '../../src/geo/atlas.ts';
import { interRegionRttMs, roundTripMs } from '../../src/geo/round-trip.ts';
import { EVACUATE } from './evacuation.ts';
import {
  FAULT,
  FAULT_PHASES,
  hasFault,
  HURT,
  MIX_PER_SECOND,
  PROBES_PER_SECOND,
  REGIONS,
  type SampleKind,
  SHARES,
  WARM_UP_MS,
} from './scene.ts';

const CLAIMS: PlanClaim[] = [
  claim('read-p99', 'reads p99 <= 120 ms in the region', 'latency', ['read'], 'region', 0.01),
  claim('write-p99', 'writes p99 <= 120 ms plus the round trip to the primary', 'latency', ['write'], 'region', 0.01),
  claim(
    'availability',
    '99.9 % of all requests get the expected response',
    'availability',
    [...OPERATION_CLASSES],
    'any',
    0.001,
  ),
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
    ...claim('client-p99', 'reads p99 <= 120 ms for the users of each city', 'latency', ['read'], 'client', 0.01),
    per: 'origin',
    gating: false,
  },
];

function claim(
  id: string,
  title: string,
  kind: PlanClaim['kind'],
  classes: OperationClass[],
  vantage: PlanClaim['vantage'],
  maxBadShare: number,
): PlanClaim {
  return {
    id,
    title,
    kind,
    classes,
    vantage,
    per: 'region',
    gating: true,
    maxBadShare,
    limitMs: null,
    plusPrimaryRoundTrip: false,
    maxCount: null,
    phase: 'baseline',
    only: null,
  };
}

/** With a fault: the claims as they were before it, then outside it, then after it. */
function claimsOf(kind: SampleKind): PlanClaim[] {
  if (!hasFault(kind)) return CLAIMS;
  const [read, , good, home] = CLAIMS as [PlanClaim, PlanClaim, PlanClaim, PlanClaim];
  const during = { phase: 'fault' as const, only: [0, 1] };
  const after = { phase: 'recovery' as const };
  return [
    ...CLAIMS.map((c) => ({ ...c, gating: false })),
    {
      ...good,
      ...during,
      id: 'during-availability',
      title: '99.5 % of all requests get the expected response, outside the fault',
      maxBadShare: 0.005,
    },
    { ...read, ...during, id: 'during-read-p99', title: `${read.title}, outside the fault` },
    {
      ...good,
      ...after,
      id: 'after-availability',
      title: '99.5 % of all requests get the expected response, after the fault',
      maxBadShare: 0.005,
    },
    { ...read, ...after, id: 'after-read-p99', title: `${read.title}, after the fault` },
    { ...home, ...after, id: 'after-home-share', title: `${home.title}, after the fault` },
    ...limitClaims(LIMITS, { affected: [HURT], 'affected replicas': [HURT], evacuated: [HURT] }),
  ];
}

const LIMITS = {
  rtoSeconds: 15,
  evacuationSeconds: 12,
  failBackSeconds: 20,
  recoverySeconds: 20,
  badShare: 0.2,
  readYourWritesSeconds: 2,
  nonMonotonicReadShare: 0.03,
};

const experiment = (kind: SampleKind): PlanExperiment => ({
  name: 'region-outage',
  title: kind === 'fis' ? 'A region is disconnected' : 'A region refuses all connections',
  hypothesis: 'Its users are served elsewhere within 15 s, and other users are unaffected.',
  driver: kind === 'fis' ? 'fis' : 'own',
  faults: [
    {
      number: 1,
      kind: 'region-outage',
      params: { region: REGIONS[HURT]!, face: kind === 'fis' ? 'blackhole' : 'refused' },
      sites: [
        {
          driver: kind === 'fis' ? 'fis' : 'toxiproxy',
          name: `ingress-${REGIONS[HURT]!}`,
          kind: 'ingress',
          region: REGIONS[HURT]!,
          to: null,
        },
      ],
      regions: [REGIONS[HURT]!],
      hangs: kind === 'fis',
      harm: { regions: [REGIONS[HURT]!], share: 1, slowerByMs: null },
      fromMs: FAULT.fromMs,
      toMs: FAULT.toMs,
    },
  ],
  regions: [HURT],
  blastRadius: { requestShare: 0.78, durationMs: FAULT.toMs - FAULT.fromMs },
  limits: LIMITS,
  guards: { outsideBadShare: 0.1, windowMs: 5000 },
  evacuate: EVACUATE,
});

export function samplePlan(kind: SampleKind, seed: number, judgedMs: number): RunPlan {
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
      if (kindOf(c.kind).judges === 'figures') return [];
      if (c.only !== null && !c.only.includes(s)) return [];
      if (c.kind === 'staleness' && !regions[s]!.replica) return [];
      const floorMs = c.per === 'origin' ? cities[s]!.rttMs[cities[s]!.homeRegion]! + fixed.lastMileMs : null;
      const extra = c.id === 'write-p99' ? regions[s]!.rttToPrimaryMs : 0;
      const limitMs = c.kind === 'latency' ? 120 + extra : c.kind === 'staleness' ? 500 : null;
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
    version: 2,
    runId: `20261122-2147-apac-heavy-${String(seed).padStart(4, '0')}`,
    createdAt: '2026-11-22T21:47:03.000Z',
    command: hasFault(kind)
      ? `npm run chaos -- region-outage ${flags}${kind === 'fis' ? ' --driver fis' : ''}`
      : `npm run load -- ${flags}`,
    seed,
    quick: kind === 'INCONCLUSIVE',
    profile: { name: 'apac-heavy', title: 'Three quarters of the users in Asia-Pacific' },
    target: {
      name: 'active-active',
      world: 'active-active',
      defect,
      environment: 'local',
      routingSpeed: 'fast',
      routingMode: 'world',
      ttlSeconds: 5,
      healthCheck: ROUTING_CHECKS.fast,
      maxRatePerSecond: null,
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
      redirects: 'follow' as const,
      answer: null,
      isOfTenant: false,
      steps: [],
      via: name === 'static' ? 'edge' : 'region',
    })),
    ...tenancyOf(
      regions,
      Array.from({ length: 200 }, (_, i) => `tenant-${i + 1}`),
    ),
    retries: {
      fresh: NO_RETRIES,
      ttl: NO_RETRIES,
      sticky: { max: 1, backoffMs: 100 },
      direct: NO_RETRIES,
    },
    phases: hasFault(kind)
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
    experiment: hasFault(kind) ? experiment(kind) : null,
    session: null,
    grafanaUrl: null,
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

export const claimById = (id: string): PlanClaim => CLAIMS.find((c) => c.id === id)!;
