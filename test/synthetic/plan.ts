/** The plan of a synthetic run. */
import { CLAIMS } from '../../claims/index.ts';
import { tenancyOf } from '../tenancy.ts';
import type { PlanExperiment } from '../../src/formats/faults.ts';
import {
  DEFAULT_VALIDITY,
  type PlanCell,
  type PlanOrigin,
  type PlanPhase,
  type PlanRegion,
  type RunPlan,
} from '../../src/formats/plan.ts';
import { NO_RETRIES } from '../../src/formats/timetable.ts';
import { ROUTING_CHECKS } from '../../src/formats/world-file.ts';
import { claimsOf } from './claims.ts';
import { CITIES, OPERATIONS, REGIONS, rtt, SESSION } from './operations.ts';
import type { SyntheticExperiment, SyntheticOptions } from './options.ts';

export function makePlan(options: SyntheticOptions): RunPlan {
  const warmUpMs = options.warmUpMs ?? 2000;
  const judgedMs = options.judgedMs ?? 60_000;
  const regions: PlanRegion[] = REGIONS.slice(0, options.regions ?? 3).map(([id, city, lat, lon], i) => ({
    id,
    city,
    lat,
    lon,
    rttToPrimaryMs: i === 0 ? 0 : rtt(lat, lon, REGIONS[0]![2], REGIONS[0]![3]),
    replica: i > 0,
  }));
  const chosen = CITIES.slice(0, options.cities ?? 16);
  const weights = chosen.reduce((sum, c) => sum + c[4], 0);
  const base = { share: 0, populationShare: 0, rttSource: regions.map(() => 'modelled' as const) };
  const none: PlanOrigin['access'] = [];
  const origins: PlanOrigin[] = chosen.map(([id, country, lat, lon, weight]) => {
    const rttMs = regions.map((r) => rtt(lat, lon, r.lat, r.lon));
    return {
      ...base,
      id,
      kind: 'city',
      city: id,
      country,
      lat,
      lon,
      share: weight / weights,
      populationShare: weight / weights,
      homeRegion: rttMs.indexOf(Math.min(...rttMs)),
      rttMs,
      access: [{ kind: 'fixed', share: 1, lastMileMs: 6, jitterMedianMs: 1, jitterSigmaLog: 0.6 }],
    };
  });
  for (const [i, region] of regions.entries()) {
    const rttMs = regions.map((r) => (r === region ? 0 : rtt(region.lat, region.lon, r.lat, r.lon)));
    const { id, city, lat, lon } = region;
    origins.push({ ...base, id, kind: 'region', city, country: '', lat, lon, homeRegion: i, rttMs, access: none });
  }
  const here = { city: '', country: '', lat: 0, lon: 0, homeRegion: 0, rttMs: regions.map(() => 0), access: none };
  origins.push({ ...base, id: 'control', kind: 'control', ...here });

  const cells: PlanCell[] = [];
  const claims = claimsOf(regions, options.experiment);
  for (const [claim, c] of claims.entries()) {
    if (CLAIMS[c.kind].judges === 'figures') continue;
    const subjects: (PlanRegion | PlanOrigin)[] = c.per === 'region' ? regions : origins;
    for (const [subject, s] of subjects.entries()) {
      if (c.only !== null && !c.only.includes(subject)) continue;
      if (c.per === 'origin' && (s as PlanOrigin).kind !== 'city') continue;
      if (c.kind === 'staleness' && !(s as PlanRegion).replica) continue;
      const plus = c.id === 'write-p99' ? (s as PlanRegion).rttToPrimaryMs! : 0;
      const stalenessMs = c.id === 'during-staleness' ? options.experiment!.limits!['stalenessSeconds']! * 1000 : 500;
      const limitMs = c.kind === 'latency' ? 120 + plus : c.kind === 'staleness' ? stalenessMs : null;
      const floorMs = c.kind !== 'latency' ? null : c.per === 'origin' ? Math.min(...(s as PlanOrigin).rttMs) : plus;
      cells.push({
        claim,
        subject,
        limitMs,
        floorMs,
        infeasible: floorMs !== null && limitMs !== null && floorMs > limitMs,
        plannedRequests: 0,
        passProbability: 0.995,
        failProbability: 0.95,
        secondsToDecide: judgedMs / 1000,
      });
    }
  }
  const runId = options.runId ?? '20250101-000000-synthetic';
  const phases: PlanPhase[] = [
    { name: 'warm-up', fromMs: 0, toMs: warmUpMs, judged: false },
    { name: 'baseline', fromMs: warmUpMs, toMs: warmUpMs + judgedMs, judged: true },
  ];
  const experiment = options.experiment ? planExperiment(options.experiment, warmUpMs + judgedMs) : null;
  if (options.experiment && experiment) {
    const { settleMs = 10_000, recoveryMs = 60_000 } = options.experiment;
    const endMs = Math.max(...experiment.faults.map((f) => f.toMs));
    phases.push(
      { name: 'fault', fromMs: warmUpMs + judgedMs, toMs: endMs, judged: true },
      { name: 'recovery', fromMs: endMs, toMs: endMs + settleMs, judged: false },
      { name: 'recovery', fromMs: endMs + settleMs, toMs: endMs + settleMs + recoveryMs, judged: true },
    );
  }
  return {
    version: 2,
    runId,
    createdAt: '2025-01-01T00:00:00.000Z',
    command: `npm run load -- --profile synthetic --seed ${options.seed ?? 1}`,
    seed: options.seed ?? 1,
    quick: options.quick ?? false,
    profile: { name: 'synthetic', title: 'Planted outcomes' },
    target: {
      name: 'active-active',
      world: 'active-active',
      defect: null,
      environment: 'local',
      routingSpeed: 'real',
      routingMode: 'world',
      ttlSeconds: 5,
      healthCheck: ROUTING_CHECKS.real,
      maxRatePerSecond: null,
    },
    lanes: 'emulate',
    regions,
    origins,
    operations: structuredClone(OPERATIONS),
    ...tenancyOf(regions, ['acme', 'globex']),
    retries: {
      fresh: NO_RETRIES,
      ttl: NO_RETRIES,
      sticky: { max: 1, backoffMs: 100 },
      direct: NO_RETRIES,
    },
    streams: [],
    phases,
    durationMs: phases.at(-1)!.toMs,
    ratePerSecond: options.ratePerSecond ?? 100,
    rows: 0,
    mixRows: 0,
    claims,
    cells,
    validity: { ...DEFAULT_VALIDITY },
    experiment,
    session: options.sessions ? SESSION : null,
    grafanaUrl: null,
  };
}

function planExperiment({ faults, regions = [2], limits }: SyntheticExperiment, fromMs: number): PlanExperiment {
  return {
    name: 'region-outage',
    title: 'A region outage',
    hypothesis: 'Its clients are served elsewhere.',
    driver: 'own',
    faults: faults.map(({ atMs, forMs }, i) => ({
      number: i + 1,
      kind: 'region-outage',
      params: { region: REGIONS[regions[0]!]![0], face: 'refused' },
      sites: regions.map((region) => ({
        driver: 'toxiproxy',
        name: `ingress-${REGIONS[region]![0]}`,
        kind: 'ingress',
        region: REGIONS[region]![0],
        to: null,
      })),
      regions: [REGIONS[regions[0]!]![0]],
      hangs: false,
      harm: { regions: [REGIONS[regions[0]!]![0]], share: 1, slowerByMs: null },
      fromMs: fromMs + atMs,
      toMs: fromMs + atMs + forMs,
    })),
    regions,
    blastRadius: { requestShare: 0.9, durationMs: 600_000 },
    limits: limits ?? {},
    guards: { outsideBadShare: 0.1, windowMs: 5000 },
    evacuate: null,
  };
}
