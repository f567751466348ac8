/** Who of the tenants asks from where: the planner counts by it, and the timetable draws by it. */
import type { PlanJurisdiction, RunPlan } from '../src/formats/plan.ts';

type Tenancy = Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare'>;

/** Index of the jurisdiction that a region is in. */
export const jurisdictionOf = ({ jurisdictions }: Pick<RunPlan, 'jurisdictions'>, region: number): number =>
  jurisdictions.findIndex(({ regions }) => regions.includes(region));

/**
 * Share of the visits from places of this jurisdiction whose tenant is away from home there. Where no tenant is at home
 * all are, and where all are at home none is.
 */
export function awayShare({ travelShare }: Pick<Tenancy, 'travelShare'>, { weight }: PlanJurisdiction): number {
  if (weight <= 0) return 1;
  return weight >= 1 - 1e-9 ? 0 : travelShare;
}

/** Share of the visits from a place whose nearest region is `home` that are of the tenant. */
export function tenantShare(tenancy: Tenancy, home: number, tenant: number): number {
  const { weight, home: itsHome } = tenancy.tenants[tenant]!;
  if (itsHome === null) return weight;
  const place = jurisdictionOf(tenancy, home);
  const here = tenancy.jurisdictions[place]!;
  const away = awayShare(tenancy, here);
  return itsHome === place ? ((1 - away) * weight) / here.weight : (away * weight) / (1 - here.weight);
}
