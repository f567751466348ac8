import type { PlanRegion, RunPlan } from '../src/formats/plan.ts';

/** Equal tenants without a home, in a plan whose target declares neither jurisdictions nor versions. */
export const tenancyOf = (
  regions: Pick<PlanRegion, 'id'>[],
  ids: string[],
): Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare' | 'versions'> => ({
  jurisdictions: regions.map(({ id }, i) => ({ id, regions: [i], weight: 0 })),
  tenants: ids.map((id) => ({ id, home: null, weight: 1 / ids.length })),
  travelShare: 0,
  versions: [],
});
