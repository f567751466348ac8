/**
 * The limits of an experiment as claims, so that what is judged by them is laid out and drawn as every other claim. They
 * are derived from the plan by both sides, the judge and the renderers.
 */
import type { ExperimentLimits } from '../src/formats/faults.ts';
import { OPERATION_CLASSES, type PlanClaim, type RunPlan } from '../src/formats/plan.ts';

export const LIMIT_CLAIM = {
  rto: 'rto',
  evacuation: 'evacuation',
  failBack: 'fail-back',
  recovery: 'recovery',
  badShare: 'during-bad-share',
  lostWrites: 'lost-writes',
  ownReads: 'read-your-writes',
  goingBack: 'monotonic-reads',
  divergentWrites: 'divergent-writes',
  wrongCartWinners: 'wrong-cart-winners',
  convergence: 'convergence',
  lagAlert: 'lag-alert',
  unreportedLag: 'unreported-lag',
} as const;

/** Claims whose figure is a time until something, and whose evidence is no share of bad requests. */
const TIMES: string[] = [
  LIMIT_CLAIM.rto,
  LIMIT_CLAIM.evacuation,
  LIMIT_CLAIM.failBack,
  LIMIT_CLAIM.recovery,
  LIMIT_CLAIM.convergence,
  LIMIT_CLAIM.lagAlert,
  LIMIT_CLAIM.ownReads,
];

/** Claims whose figure is a count of things, with the words for one and for the things looked at. */
const COUNTS: Record<string, { bad: string; of: string }> = {
  [LIMIT_CLAIM.lostWrites]: { bad: 'lost', of: 'write' },
  [LIMIT_CLAIM.divergentWrites]: { bad: 'apart', of: 'write' },
  [LIMIT_CLAIM.wrongCartWinners]: { bad: 'wrong', of: 'cart' },
};

export const countWords = (id: string): { bad: string; of: string } | null => COUNTS[id] ?? null;

export const isClockClaim = (id: string): boolean => TIMES.includes(id);

/** A claim whose evidence is not requests that may be bad. */
export const hasNoShare = (id: string): boolean => isClockClaim(id) || countWords(id) !== null;

/** Sessions stand in every region, from the baseline to the end of the recovery, and are judged when that is over. */
const OF_SESSIONS = {
  classes: ['read'],
  vantage: 'region',
  phase: 'recovery',
  only: null,
} satisfies Partial<PlanClaim>;

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
      limit: 'evacuationMs',
      claim: {
        id: LIMIT_CLAIM.evacuation,
        title: `99 % of what clients that follow names ask is answered elsewhere ${seconds(limits.evacuationMs ?? 0)} after the evacuation is asked for`,
        only: evacuatedIn(plan),
      },
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
      limit: 'lostWrites',
      claim: {
        id: LIMIT_CLAIM.lostWrites,
        title: `at most ${limits.lostWrites} acknowledged writes lost`,
        phase: 'recovery',
      },
    },
    {
      limit: 'ownReadMs',
      claim: {
        id: LIMIT_CLAIM.ownReads,
        title: `sessions see their own acknowledged writes and deletes ${seconds(limits.ownReadMs ?? 0)} later at the latest`,
        ...OF_SESSIONS,
      },
    },
    {
      limit: 'goingBackShare',
      claim: {
        id: LIMIT_CLAIM.goingBack,
        title: `at most ${Number(((limits.goingBackShare ?? 0) * 100).toFixed(2))} % of a session's reads show less than it has already seen`,
        metric: 'availability',
        maxBadShare: limits.goingBackShare ?? 0,
        ...OF_SESSIONS,
      },
    },
    {
      limit: 'lostWrites',
      claim: {
        id: LIMIT_CLAIM.divergentWrites,
        title: 'acknowledged writes are known in every region, or in none',
        phase: 'recovery',
      },
    },
    {
      limit: 'lagAlertMs',
      claim: {
        id: LIMIT_CLAIM.lagAlert,
        title: `the alert on replication lag is on ${seconds(limits.lagAlertMs ?? 0)} after the bite`,
        only: replicasIn(plan),
      },
    },
    {
      limit: 'unreportedLagShare',
      claim: {
        id: LIMIT_CLAIM.unreportedLag,
        title: 'the target reports the lag that clients see',
        metric: 'availability',
        maxBadShare: limits.unreportedLagShare ?? 0,
        only: replicasIn(plan),
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

/** The regions that an evacuation takes people out of. */
const evacuatedIn = (plan: RunPlan): number[] =>
  plan.regions.flatMap(({ id }, i) => (plan.experiment!.evacuate?.regions.includes(id) ? [i] : []));

/** The hurt regions that read from a replica: those whose lag there is to see. */
export const replicasIn = (plan: RunPlan): number[] =>
  plan.experiment!.regions.filter((region) => plan.regions[region]!.replica);
