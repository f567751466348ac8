/** The limits of an experiment as claims: those of kinds that evaluate what was measured. */
import { CLAIM_KINDS } from '../src/formats/claims.ts';
import type { ExperimentLimits } from '../src/formats/faults.ts';
import { OPERATION_CLASSES, type PlanClaim } from '../src/formats/plan.ts';
import type { ClaimedLimit, FindingKind } from './claim.ts';
import { CLAIMS } from './index.ts';

/** Indices of the regions that limits are about, by their name in a limit. */
export type LimitedRegions = Record<Exclude<ClaimedLimit['regions'], 'all'>, number[]>;

/** One gating claim per limit that is set, in the order of the kinds. */
export function limitClaims(limits: ExperimentLimits, regions: LimitedRegions): PlanClaim[] {
  return CLAIM_KINDS.flatMap((kind): PlanClaim[] => {
    const its = CLAIMS[kind];
    const value = its.judges === 'figures' ? limits[its.limit.key] : undefined;
    if (its.judges !== 'figures' || value === undefined) return [];
    const found: FindingKind = its;
    const { limit } = found;
    return [
      {
        id: kind,
        title: limit.title(value),
        kind,
        classes: [...OPERATION_CLASSES],
        vantage: 'client',
        per: found.subjects[0],
        gating: true,
        maxBadShare: limit.unit === 'share' ? value : 0,
        limitMs: limit.unit === 'seconds' ? value * 1000 : null,
        plusPrimaryRoundTrip: false,
        maxCount: limit.unit === 'count' ? (limit.fixedMaxCount ?? value) : null,
        phase: limit.phase,
        only: found.subjects[0] !== 'region' || limit.regions === 'all' ? null : regions[limit.regions],
      },
    ];
  });
}
