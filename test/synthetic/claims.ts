/** The claims of synthetic runs: those of targets/active-active, and those that an experiment adds. */
import { limitClaims } from '../../claims/limits.ts';
import type { PlanClaim, PlanRegion } from '../../src/formats/plan.ts';
import type { SyntheticExperiment } from './options.ts';

const CLAIMS: PlanClaim[] = claims([
  ['read-p99', 'reads p99 <= 120 ms in the region', 'latency', ['read'], 'region', 'region', true, 0.01],
  [
    'write-p99',
    'writes p99 <= 120 ms plus the round trip to the primary',
    'latency',
    ['write'],
    'region',
    'region',
    true,
    0.01,
  ],
  [
    'availability',
    '99.9 % of all requests get the expected response',
    'availability',
    ['read', 'write', 'static', 'auth'],
    'any',
    'region',
    true,
    0.001,
  ],
  [
    'home-share',
    '99 % of requests served by their home region',
    'home-share',
    ['read', 'write', 'auth'],
    'client',
    'region',
    true,
    0.01,
  ],
  ['staleness', '99 % of replica reads at most 500 ms behind', 'staleness', ['read'], 'any', 'region', true, 0.01],
  [
    'client-p99',
    'reads p99 <= 120 ms for the users of each city',
    'latency',
    ['read', 'write', 'static', 'auth'],
    'client',
    'origin',
    false,
    0.01,
  ],
]);

/** Claims that an experiment adds: during the fault outside its regions, and everywhere after it. */
const DURING_CLAIMS: PlanClaim[] = claims([
  [
    'during-availability',
    '99 % of all requests get the expected response outside the fault',
    'availability',
    ['read', 'write', 'static', 'auth'],
    'any',
    'region',
    true,
    0.01,
  ],
  ['during-read-p99', 'reads p99 <= 120 ms outside the fault', 'latency', ['read'], 'region', 'region', true, 0.01],
]);

const AFTER_CLAIMS: PlanClaim[] = claims([
  [
    'after-availability',
    '99 % of all requests get the expected response after the fault',
    'availability',
    ['read', 'write', 'static', 'auth'],
    'any',
    'region',
    true,
    0.01,
  ],
  ['after-read-p99', 'reads p99 <= 120 ms after the fault', 'latency', ['read'], 'region', 'region', true, 0.01],
  [
    'after-home-share',
    '99 % of requests served by their home region after the fault',
    'home-share',
    ['read', 'write', 'auth'],
    'client',
    'region',
    true,
    0.01,
  ],
]);

type ClaimWords = [
  id: string,
  title: string,
  kind: PlanClaim['kind'],
  classes: PlanClaim['classes'],
  vantage: PlanClaim['vantage'],
  per: PlanClaim['per'],
  gating: boolean,
  maxBadShare: number,
];

function claims(words: ClaimWords[]): PlanClaim[] {
  return words.map(([id, title, kind, classes, vantage, per, gating, maxBadShare]) => ({
    id,
    title,
    kind,
    classes,
    vantage,
    per,
    gating,
    maxBadShare,
    limitMs: null,
    plusPrimaryRoundTrip: false,
    maxCount: null,
    phase: 'baseline',
    only: null,
  }));
}

export function claimsOf(regions: PlanRegion[], experiment: SyntheticExperiment | undefined): PlanClaim[] {
  if (!experiment) return structuredClone(CLAIMS);
  const hurt = experiment.regions ?? [2];
  const outside = [...regions.keys()].filter((region) => !hurt.includes(region));
  return structuredClone([
    ...CLAIMS.map((claim) => ({ ...claim, gating: false })),
    ...DURING_CLAIMS.map((claim) => ({ ...claim, phase: 'fault' as const, only: outside })),
    ...AFTER_CLAIMS.map((claim) => ({ ...claim, phase: 'recovery' as const })),
    ...(experiment.limits?.stalenessSeconds === undefined
      ? []
      : CLAIMS.filter(({ kind }) => kind === 'staleness').map((claim) => ({
          ...claim,
          id: 'during-staleness',
          phase: 'fault' as const,
          only: hurt,
        }))),
    ...limitClaims(experiment.limits ?? {}, {
      affected: hurt,
      'affected replicas': hurt.filter((region) => regions[region]!.replica),
      evacuated: hurt,
    }),
  ]);
}
