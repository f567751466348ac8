/** What an experiment makes of a plan: its phases, the claims of each, and the instants of its faults. */
import type { Target, TargetClaim } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { ExperimentSpec, PlanExperiment } from '../formats/faults.ts';
import { OPERATION_CLASSES, type PlanClaim, type PlanPhase } from '../formats/plan.ts';
import type { Scene } from './scope.ts';
import { listed, percent } from './words.ts';

/** A claim of a plan that still knows how its limits come about. */
export type PhaseClaim = TargetClaim & Pick<PlanClaim, 'phase' | 'only'>;

/** Shares of cities are sums of floating-point numbers. */
const ROUNDING = 1e-9;

/** While something is broken, and after it, 99 % good is asked of whoever must not notice: the budget of a bad minute. */
const DURING_BAD_SHARE = 0.01;

/** The pieces of a run with an experiment; the first of recovery is there to settle, and is not judged. */
export function experimentPhases(spec: ExperimentSpec, warmUpMs: number): PlanPhase[] {
  const faultMs = Math.max(...spec.faults.map(({ toMs }) => toMs));
  let at = 0;
  const phase = (name: PlanPhase['name'], lengthMs: number, judged: boolean): PlanPhase => {
    const fromMs = at;
    at += lengthMs;
    return { name, fromMs, toMs: at, judged };
  };
  return [
    phase('warm-up', warmUpMs, false),
    phase('baseline', spec.baselineMs, true),
    phase('fault', faultMs, true),
    phase('recovery', spec.settleMs, false),
    phase('recovery', spec.recoveryMs, true),
  ];
}

/**
 * The claims of a run. Of load alone the target's own. With an experiment those are looked at in the baseline, where only
 * a FAIL counts; regions that nothing was done to must not notice while it lasts; afterwards all must be well again. That
 * people are at home again is the failover clock's to say: `sticky` clients stay where they are.
 */
export function claimsOf(target: Target, spec: ExperimentSpec | null): PhaseClaim[] {
  if (!spec) return target.claims.map((claim) => ({ ...claim, phase: 'baseline', only: null }));
  const untouched = target.regions.flatMap(({ id }, i) => (spec.regions.includes(id) ? [] : [i]));
  const good = {
    metric: 'availability' as const,
    classes: [...OPERATION_CLASSES],
    vantage: 'any' as const,
    per: 'region' as const,
    gating: true,
    maxBadShare: DURING_BAD_SHARE,
    limitMs: null,
    plusPrimaryRoundTrip: false,
  };
  const reads = target.claims.find(
    ({ metric, vantage, classes }) => metric === 'latency' && vantage === 'region' && classes.includes('read'),
  );
  return [
    ...target.claims.map((claim): PhaseClaim => ({ ...claim, gating: false, phase: 'baseline', only: null })),
    ...(untouched.length === 0
      ? []
      : [
          {
            ...good,
            id: 'during-good',
            title: '99 % of requests to untouched regions answered well while it lasts',
            phase: 'fault' as const,
            only: untouched,
          },
          ...(reads
            ? [
                {
                  ...reads,
                  id: 'during-read-p99',
                  title: `in untouched regions while it lasts: ${reads.title}`,
                  gating: true,
                  phase: 'fault' as const,
                  only: untouched,
                },
              ]
            : []),
        ]),
    {
      ...good,
      id: 'after-good',
      title: 'afterwards: 99 % of all requests answered well',
      phase: 'recovery',
      only: null,
    },
    ...(reads
      ? [
          {
            ...reads,
            id: 'after-read-p99',
            title: `afterwards: ${reads.title}`,
            gating: true,
            phase: 'recovery' as const,
            only: null,
          },
        ]
      : []),
  ];
}

/** The experiment with its instants since T0. Usage error if it would hurt more requests than declared. */
export function planExperiment(spec: ExperimentSpec, scene: Scene): PlanExperiment {
  const { name, title, hypothesis, blastRadius, limits, guards } = spec;
  const startMs = scene.phases.find((phase) => phase.name === 'fault')!.fromMs;
  const regions = scene.regions.flatMap(({ id }, i) => (spec.regions.includes(id) ? [i] : []));
  const share = scene.origins.reduce(
    (sum, origin) => sum + (origin.kind === 'city' && regions.includes(origin.homeRegion) ? origin.share : 0),
    0,
  );
  if (share > blastRadius.requestShare + ROUNDING) {
    throw usageError({
      where: `experiment ${name}`,
      what: `${listed(spec.regions)} is home to more requests than the declared blast radius`,
      got: percent(share),
      expected: `at most ${percent(blastRadius.requestShare)}`,
      next: 'Choose another profile or region, or raise blastRadius.requestShare.',
    });
  }
  return {
    name,
    title,
    hypothesis,
    faults: spec.faults.map((fault) => ({
      ...fault,
      fromMs: startMs + fault.fromMs,
      toMs: startMs + fault.toMs,
    })),
    regions,
    blastRadius,
    limits,
    guards,
  };
}
