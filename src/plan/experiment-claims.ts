/** The claims of a run with an experiment, each for one phase and the regions that it speaks of. */
import { CLAIMS } from '../../claims/index.ts';
import { limitClaims } from '../../claims/limits.ts';
import type { Target } from '../config/types.ts';
import type { ExperimentSpec } from '../formats/faults.ts';
import { OPERATION_CLASSES, type PlanClaim } from '../formats/plan.ts';
import { duration } from '../formats/words.ts';

/**
 * While something is broken, and after it, 99 % good is asked of whoever must not notice: the budget of a bad minute.
 */
const DURING_BAD_SHARE = 0.01;

/**
 * The claims of a run. Of load alone the target's own. With an experiment those are looked at in the baseline, where
 * only a FAIL counts; regions that nothing was done to must not notice while it lasts, and those that are hurt keep
 * what the experiment limits; afterwards all must be well again. That people are at home again is the failover clock's
 * to say: `sticky` clients stay where they are.
 */
export function claimsOf(target: Target, spec: ExperimentSpec | null): PlanClaim[] {
  if (!spec) return target.claims.map((claim) => ({ ...claim, phase: 'baseline', only: null }));
  const own = target.claims
    .filter(({ kind }) => CLAIMS[kind].counts === 'requests')
    .map((claim): PlanClaim => ({ ...claim, gating: false, phase: 'baseline', only: null }));
  const indices = (isIt: (region: Target['regions'][number]) => boolean): number[] =>
    target.regions.flatMap((region, i) => (isIt(region) ? [i] : []));
  const isHurt = ({ id }: Target['regions'][number]): boolean => spec.regions.includes(id);
  const limits = limitClaims(spec.limits, {
    hurt: indices(isHurt),
    'hurt replicas': indices((region) => region.replica && isHurt(region)),
    evacuated: indices(({ id }) => spec.evacuate?.regions.includes(id) ?? false),
  });
  const untouched = indices((region) => !isHurt(region));
  const reads = target.claims.find(
    ({ kind, vantage, classes }) => kind === 'latency' && vantage === 'region' && classes.includes('read'),
  );
  const latency = (claim: Pick<PlanClaim, 'id' | 'title' | 'phase' | 'only'> & Partial<PlanClaim>): PlanClaim[] =>
    reads ? [{ ...reads, gating: true, ...claim }] : [];
  return [
    ...own,
    ...(untouched.length === 0
      ? []
      : [
          good('during-good', '99 % of requests to untouched regions answered well while it lasts', 'fault', untouched),
          ...latency({
            id: 'during-read-p99',
            title: `in untouched regions while it lasts: ${reads?.title}`,
            phase: 'fault',
            only: untouched,
          }),
        ]),
    ...hurtReads(spec, indices(isHurt), latency),
    ...staleness(spec, target, indices),
    good('after-good', 'afterwards: 99 % of all requests answered well', 'recovery', null),
    ...latency({ id: 'after-read-p99', title: `afterwards: ${reads?.title}`, phase: 'recovery', only: null }),
    ...limits,
    ...ownFindings(target, limits),
  ];
}

const good = (id: string, title: string, phase: PlanClaim['phase'], only: number[] | null): PlanClaim => ({
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

/** How fast reads stay in the regions that are hurt, where the experiment says so. */
function hurtReads(
  { limits }: ExperimentSpec,
  only: number[],
  latency: (claim: Pick<PlanClaim, 'id' | 'title' | 'phase' | 'only'> & Partial<PlanClaim>) => PlanClaim[],
): PlanClaim[] {
  const { readP99Ms } = limits;
  if (readP99Ms === undefined) return [];
  const title = `reads p99 <= ${readP99Ms} ms in the hurt regions while it lasts`;
  return latency({ id: 'hurt-read-p99', title, phase: 'fault', only, limitMs: readP99Ms });
}

/** How old reads are: in the hurt regions that read from a replica; in all replicas where none of them is hurt. */
function staleness(
  spec: ExperimentSpec,
  target: Target,
  indices: (isIt: (region: Target['regions'][number]) => boolean) => number[],
): PlanClaim[] {
  const { stalenessSeconds } = spec.limits;
  if (stalenessSeconds === undefined) return [];
  const hurt = indices(({ id, replica }) => replica && spec.regions.includes(id));
  return [
    {
      id: 'during-staleness',
      title: `99 % of replica reads at most ${duration(stalenessSeconds * 1000)} behind while the fault lasts`,
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
      only: hurt.length > 0 ? hurt : indices(({ replica }) => replica),
    },
  ];
}

/**
 * Of the target's own claims on what was measured those that the experiment does not limit itself. What must never
 * happen must not happen here either; for shares and times an experiment may not give the evidence, so that they only
 * inform.
 */
const ownFindings = (target: Target, limits: PlanClaim[]): PlanClaim[] =>
  target.claims
    .filter(({ kind }) => CLAIMS[kind].counts === 'findings' && limits.every((limit) => limit.kind !== kind))
    .map((claim) => ({
      ...claim,
      gating: claim.gating && CLAIMS[claim.kind].evidence === 'count',
      phase: 'recovery',
      only: null,
    }));
