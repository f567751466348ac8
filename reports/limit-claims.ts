/**
 * The limits of an experiment as claims, so that what is judged by them is laid out and drawn as every other claim. They
 * are derived from the plan by both sides, the judge and the renderers.
 */
import type { ExperimentLimits } from '../src/formats/faults.ts';
import { OPERATION_CLASSES, type PlanClaim, type RunPlan } from '../src/formats/plan.ts';

export const LIMIT_CLAIM = {
  rto: 'rto',
  failBack: 'fail-back',
  recovery: 'recovery',
  badShare: 'during-bad-share',
  staleness: 'during-staleness',
  lostWrites: 'lost-writes',
  wrongCartWinners: 'wrong-cart-winners',
  convergence: 'convergence',
} as const;

/** Claims whose figure is a time until something, and whose evidence is no share of bad requests. */
const TIMES: string[] = [LIMIT_CLAIM.rto, LIMIT_CLAIM.failBack, LIMIT_CLAIM.recovery, LIMIT_CLAIM.convergence];

/** Claims whose figure is a count of things, with the words for one and for the things looked at. */
const COUNTS: Record<string, { bad: string; of: string }> = {
  [LIMIT_CLAIM.lostWrites]: { bad: 'lost', of: 'write' },
  [LIMIT_CLAIM.wrongCartWinners]: { bad: 'wrong', of: 'cart' },
};

export const countWords = (id: string): { bad: string; of: string } | null => COUNTS[id] ?? null;

export const isClockClaim = (id: string): boolean => TIMES.includes(id);

/** A claim whose evidence is not requests that may be bad. */
export const hasNoShare = (id: string): boolean => isClockClaim(id) || countWords(id) !== null;

/** One claim for every limit that the experiment sets, all of them gating; none without an experiment. */
export function limitClaims(plan: RunPlan): PlanClaim[] {
  if (plan.experiment === null) return [];
  const { limits, regions } = plan.experiment;
  const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;
  const claims: { limit: keyof ExperimentLimits; claim: Partial<PlanClaim> & { id: string; title: string } }[] = [
    {
      limit: 'rtoMs',
      claim: { id: LIMIT_CLAIM.rto, title: `clients are served again ${seconds(limits.rtoMs ?? 0)} after the bite` },
    },
    {
      limit: 'failBackMs',
      claim: {
        id: LIMIT_CLAIM.failBack,
        title: `and at home again ${seconds(limits.failBackMs ?? 0)} after the heal`,
        phase: 'recovery',
      },
    },
    {
      limit: 'recoveryMs',
      claim: {
        id: LIMIT_CLAIM.recovery,
        title: `errors and latency as before ${seconds(limits.recoveryMs ?? 0)} after the heal`,
        phase: 'recovery',
      },
    },
    {
      limit: 'badShare',
      claim: {
        id: LIMIT_CLAIM.badShare,
        title: `at most ${Number(((limits.badShare ?? 0) * 100).toFixed(2))} % of what people at home here ask fails while the fault lasts`,
        metric: 'availability',
        maxBadShare: limits.badShare ?? 0,
      },
    },
    {
      limit: 'stalenessMs',
      claim: {
        id: LIMIT_CLAIM.staleness,
        title: `99 % of replica reads at most ${seconds(limits.stalenessMs ?? 0)} behind while the fault lasts`,
        metric: 'staleness',
        classes: ['read'],
        vantage: 'any',
        maxBadShare: 0.01,
        only: staleRegions(plan),
      },
    },
    {
      limit: 'lostWrites',
      claim: {
        id: LIMIT_CLAIM.lostWrites,
        title: `at most ${limits.lostWrites} acknowledged writes lost`,
        phase: 'recovery',
      },
    },
    {
      limit: 'wrongCartWinners',
      claim: {
        id: LIMIT_CLAIM.wrongCartWinners,
        title: `at most ${limits.wrongCartWinners} carts whose winner lost to its own ancestor`,
        phase: 'recovery',
        only: null,
      },
    },
    {
      limit: 'convergenceMs',
      claim: {
        id: LIMIT_CLAIM.convergence,
        title: `every region shows what the others wrote meanwhile ${seconds(limits.convergenceMs ?? 0)} after the heal`,
        phase: 'recovery',
        only: null,
      },
    },
  ];
  return claims
    .filter(({ limit }) => limits[limit] !== null)
    .map(({ claim }) => ({
      metric: 'latency',
      classes: [...OPERATION_CLASSES],
      vantage: 'client',
      per: 'region',
      gating: true,
      maxBadShare: 0,
      phase: 'fault',
      only: regions,
      ...claim,
    }));
}

/** The hurt regions whose reads come from a replica; all replicas where none of them is hurt itself. */
function staleRegions(plan: RunPlan): number[] {
  const replicas = [...plan.regions.keys()].filter((region) => plan.regions[region]!.replica);
  const hurt = replicas.filter((region) => plan.experiment!.regions.includes(region));
  return hurt.length > 0 ? hurt : replicas;
}

/** The plan with the staleness limit as a claim and cells of its own: it is judged by counting, as every share is. */
export function withStalenessLimit(plan: RunPlan): RunPlan {
  const claim = limitClaims(plan).find(({ id }) => id === LIMIT_CLAIM.staleness);
  if (claim === undefined) return plan;
  const cells = (claim.only ?? []).map((subject) => ({
    claim: plan.claims.length,
    subject,
    limitMs: plan.experiment!.limits.stalenessMs,
    floorMs: null,
    infeasible: false,
    plannedRequests: 0,
    passProbability: 0,
    failProbability: 0,
    secondsToDecide: null,
  }));
  return { ...plan, claims: [...plan.claims, claim], cells: [...plan.cells, ...cells] };
}
