/** The claims of a run with an experiment, each for one phase and the regions that it speaks of. */
import type { Target, TargetClaim } from '../config/types.ts';
import type { ExperimentSpec } from '../formats/faults.ts';
import { OPERATION_CLASSES, type PlanClaim } from '../formats/plan.ts';
import { duration } from './words.ts';

/** A claim of a plan that still knows how its limits come about. */
export type PhaseClaim = TargetClaim & Pick<PlanClaim, 'phase' | 'only'>;

/** While something is broken, and after it, 99 % good is asked of whoever must not notice: the budget of a bad minute. */
const DURING_BAD_SHARE = 0.01;

/**
 * The claims of a run. Of load alone the target's own. With an experiment those are looked at in the baseline, where only
 * a FAIL counts; regions that nothing was done to must not notice while it lasts, and those that are hurt keep what the
 * experiment limits; afterwards all must be well again. That people are at home again is the failover clock's to say:
 * `sticky` clients stay where they are. Limits that are times or counts are no claims of shares: reports/limit-claims.ts.
 */
export function claimsOf(target: Target, spec: ExperimentSpec | null): PhaseClaim[] {
  if (!spec) return target.claims.map((claim) => ({ ...claim, phase: 'baseline', only: null }));
  const own = target.claims.map((claim): PhaseClaim => ({ ...claim, gating: false, phase: 'baseline', only: null }));
  const indices = (isIt: (region: Target['regions'][number]) => boolean): number[] =>
    target.regions.flatMap((region, i) => (isIt(region) ? [i] : []));
  const isHurt = ({ id }: Target['regions'][number]): boolean => spec.regions.includes(id);
  const untouched = indices((region) => !isHurt(region));
  const reads = target.claims.find(
    ({ metric, vantage, classes }) => metric === 'latency' && vantage === 'region' && classes.includes('read'),
  );
  const latency = (claim: Pick<PhaseClaim, 'id' | 'title' | 'phase' | 'only'> & Partial<PhaseClaim>): PhaseClaim[] =>
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
  ];
}

const good = (id: string, title: string, phase: PhaseClaim['phase'], only: number[] | null): PhaseClaim => ({
  id,
  title,
  phase,
  only,
  metric: 'availability',
  classes: [...OPERATION_CLASSES],
  vantage: 'any',
  per: 'region',
  gating: true,
  maxBadShare: DURING_BAD_SHARE,
  limitMs: null,
  plusPrimaryRoundTrip: false,
});

/** How fast reads stay in the regions that are hurt, where the experiment says so. */
function hurtReads(
  { limits: { readP99Ms } }: ExperimentSpec,
  only: number[],
  latency: (claim: Pick<PhaseClaim, 'id' | 'title' | 'phase' | 'only'> & Partial<PhaseClaim>) => PhaseClaim[],
): PhaseClaim[] {
  if (readP99Ms === null) return [];
  const title = `reads p99 <= ${readP99Ms} ms in the hurt regions while it lasts`;
  return latency({ id: 'hurt-read-p99', title, phase: 'fault', only, limitMs: readP99Ms });
}

/** How old reads are: in the hurt regions that read from a replica; in all replicas where none of them is hurt. */
function staleness(
  spec: ExperimentSpec,
  target: Target,
  indices: (isIt: (region: Target['regions'][number]) => boolean) => number[],
): PhaseClaim[] {
  const { stalenessMs } = spec.limits;
  if (stalenessMs === null) return [];
  const hurt = indices(({ id, replica }) => replica && spec.regions.includes(id));
  return [
    {
      id: 'during-staleness',
      title: `99 % of replica reads at most ${duration(stalenessMs)} behind while the fault lasts`,
      metric: 'staleness',
      classes: ['read'],
      vantage: 'any',
      per: 'region',
      gating: true,
      maxBadShare: 0.01,
      limitMs: stalenessMs,
      plusPrimaryRoundTrip: false,
      phase: 'fault',
      only: hurt.length > 0 ? hurt : indices(({ replica }) => replica),
    },
  ];
}
