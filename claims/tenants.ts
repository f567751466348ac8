/** How tenants are distributed over places, for the planner's counts and the timetable's draws. */
import type { PlanJurisdiction, RunPlan } from '../src/formats/plan.ts';

type Tenancy = Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare'>;

/** Index of the jurisdiction that a region is in. */
export const jurisdictionOf = ({ jurisdictions }: Pick<RunPlan, 'jurisdictions'>, region: number): number =>
  jurisdictions.findIndex(({ regions }) => regions.includes(region));

/**
 * Share of the visits from places in this jurisdiction whose tenant has its home elsewhere: 1 where no tenant has its
 * home here, 0 where all have.
 */
export function awayShare({ travelShare }: Pick<Tenancy, 'travelShare'>, { weight }: PlanJurisdiction): number {
  if (weight <= 0) return 1;
  return weight >= 1 - 1e-9 ? 0 : travelShare;
}

/** The tenant's share of the visits from places whose nearest region is `home`. */
export function tenantShare(tenancy: Tenancy, home: number, tenant: number): number {
  const { weight, home: itsHome } = tenancy.tenants[tenant]!;
  if (itsHome === null) return weight;
  const place = jurisdictionOf(tenancy, home);
  const here = tenancy.jurisdictions[place]!;
  const away = awayShare(tenancy, here);
  return itsHome === place ? ((1 - away) * weight) / here.weight : (away * weight) / (1 - here.weight);
}
