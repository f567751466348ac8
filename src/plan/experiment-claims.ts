/** The claims of a run with an experiment, each for one phase and a set of regions. */
import type { Kind } from '../../claims/claim.ts';
import { CLAIMS } from '../../claims/index.ts';
import { limitClaims } from '../../claims/limits.ts';
import type { Target } from '../config/types.ts';
import { CLAIM_KINDS } from '../formats/claims.ts';
import type { ExperimentSpec } from '../formats/faults.ts';
import { OPERATION_CLASSES, type PlanClaim } from '../formats/plan.ts';
import { duration } from '../formats/words.ts';

/** During a fault unaffected regions must keep 99 % good, and after it all regions: the budget of a bad minute. */
const DURING_BAD_SHARE = 0.01;

/**
 * The claims of a run. For load alone they are the target's own. With an experiment those are judged in the baseline,
 * where only a FAIL counts. During the fault unaffected regions must stay good, affected ones must keep the limits of
 * the experiment, and all must keep the claims it names; in recovery all regions must be good again. Whether clients
 * are back in their home region is left to the failover clock: `sticky` clients stay where they are.
 */
export function claimsOf(target: Target, spec: ExperimentSpec | null): PlanClaim[] {
  if (!spec) return target.claims.map((claim) => ({ ...claim, phase: 'baseline', only: null }));
  const own = target.claims
    .filter(({ kind }) => CLAIMS[kind].judges === 'requests')
    .map((claim): PlanClaim => ({ ...claim, gating: false, phase: 'baseline', only: null }));
  const indices = (isIt: (region: Target['regions'][number]) => boolean): number[] =>
    target.regions.flatMap((region, i) => (isIt(region) ? [i] : []));
  const isAffected = ({ id }: Target['regions'][number]): boolean => spec.regions.includes(id);
  const limits = limitClaims(spec.limits, {
    affected: indices(isAffected),
    'affected replicas': indices((region) => region.replica && isAffected(region)),
    evacuated: indices(({ id }) => spec.evacuate?.regions.includes(id) ?? false),
  });
  const unaffected = indices((region) => !isAffected(region));
  const reads = target.claims.find(
    ({ kind, vantage, classes }) => kind === 'latency' && vantage === 'region' && classes.includes('read'),
  );
  const latency = (claim: Pick<PlanClaim, 'id' | 'title' | 'phase' | 'only'> & Partial<PlanClaim>): PlanClaim[] =>
    reads ? [{ ...reads, gating: true, ...claim }] : [];
  return [
    ...own,
    ...(unaffected.length === 0
      ? []
      : [
          availability(
            'during-availability',
            '99 % of requests to unaffected regions are good during the fault',
            'fault',
            unaffected,
          ),
          ...latency({
            id: 'during-read-p99',
            title: `unaffected regions during the fault: ${reads?.title}`,
            phase: 'fault',
            only: unaffected,
          }),
        ]),
    ...target.claims.filter(({ id }) => spec.keeps.includes(id)).map(kept),
    ...affectedReads(spec, indices(isAffected), latency),
    ...affectedRequests(spec, indices(isAffected)),
    ...staleness(spec, target, indices),
    availability('after-availability', 'after the fault: 99 % of all requests are good', 'recovery', null),
    ...latency({ id: 'after-read-p99', title: `after the fault: ${reads?.title}`, phase: 'recovery', only: null }),
    ...limits,
    ...ownFindings(target, limits),
  ];
}

/** A claim of the target that must also hold during the fault, with the error budget of a fault. */
const kept = (claim: Target['claims'][number]): PlanClaim => ({
  ...claim,
  id: `kept-${claim.id}`,
  title: `during the fault in every region: ${claim.title}`,
  gating: true,
  maxBadShare: Math.max(claim.maxBadShare, DURING_BAD_SHARE),
  phase: 'fault',
  only: null,
});

const availability = (id: string, title: string, phase: PlanClaim['phase'], only: number[] | null): PlanClaim => ({
  id,
  title,
  phase,
  only,
  kind: 'availability',
  classes: [...OPERATION_CLASSES],
  vantage: 'any',
  per: 'region',
  gating: true,
  maxBadShare: DURING_BAD_SHARE,
  limitMs: null,
  plusPrimaryRoundTrip: false,
  maxCount: null,
});

/** The latency limit for reads in the affected regions; empty where the experiment has none. */
function affectedReads(
  { limits }: ExperimentSpec,
  only: number[],
  latency: (claim: Pick<PlanClaim, 'id' | 'title' | 'phase' | 'only'> & Partial<PlanClaim>) => PlanClaim[],
): PlanClaim[] {
  const { readP99Ms } = limits;
  if (readP99Ms === undefined) return [];
  const title = `reads p99 <= ${readP99Ms} ms in the affected regions during the fault`;
  return latency({ id: 'affected-read-p99', title, phase: 'fault', only, limitMs: readP99Ms });
}

/** Limits of kinds that count requests, in the affected regions. */
const affectedRequests = ({ limits }: ExperimentSpec, only: number[]): PlanClaim[] =>
  CLAIM_KINDS.flatMap((kind): PlanClaim[] => {
    const its: Kind = CLAIMS[kind];
    if (its.judges !== 'requests' || !its.limit?.claim) return [];
    const value = limits[its.limit.key];
    if (value === undefined) return [];
    const { title, maxBadShare } = its.limit.claim;
    return [{ ...availability(`during-${kind}`, title(value), 'fault', only), kind, maxBadShare, limitMs: value }];
  });

/** The staleness limit: for affected regions that read from a replica, or for all replicas where none is affected. */
function staleness(
  spec: ExperimentSpec,
  target: Target,
  indices: (isIt: (region: Target['regions'][number]) => boolean) => number[],
): PlanClaim[] {
  const { stalenessSeconds } = spec.limits;
  if (stalenessSeconds === undefined) return [];
  const affected = indices(({ id, replica }) => replica && spec.regions.includes(id));
  return [
    {
      id: 'during-staleness',
      title: `99 % of replica reads at most ${duration(stalenessSeconds * 1000)} behind during the fault`,
      kind: 'staleness',
      classes: ['read'],
      vantage: 'any',
      per: 'region',
      gating: true,
      maxBadShare: 0.01,
      limitMs: stalenessSeconds * 1000,
      plusPrimaryRoundTrip: false,
      maxCount: null,
      phase: 'fault',
      only: affected.length > 0 ? affected : indices(({ replica }) => replica),
    },
  ];
}

/**
 * The target's own claims on findings that the experiment does not limit itself. Counts of what must never happen stay
 * gating. For shares and times an experiment may not have enough evidence, so they are informational.
 */
const ownFindings = (target: Target, limits: PlanClaim[]): PlanClaim[] =>
  target.claims
    .filter(({ kind }) => {
      const its: Kind = CLAIMS[kind];
      return its.judges === 'figures' && !its.isForLoadAlone && limits.every((limit) => limit.kind !== kind);
    })
    .map((claim) => ({
      ...claim,
      gating: claim.gating && CLAIMS[claim.kind].evidence === 'count',
      phase: 'recovery',
      only: null,
    }));
