/** The tenants of a run: where each is at home, and which of them a visit from a place is of. */
import { awayShare, jurisdictionOf } from '../../claims/tenants.ts';
import type { Profile, Target } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';
import { CarriedQuota } from './quota.ts';
import type { Random } from './random.ts';
import { Weighted, zipfWeights } from './weighted.ts';

/**
 * Tenants by rank, with homes in the profile's proportions: one after the other the one that is most behind its share,
 * so that large tenants are spread over the jurisdictions too.
 */
export function planTenants(
  { tenants: { count, zipfExponent, homes, travelShare } }: Pick<Profile, 'tenants'>,
  target: Pick<Target, 'regions' | 'jurisdictions'>,
): Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare'> {
  const weights = zipfWeights(count, zipfExponent);
  const sum = weights.reduce((a, b) => a + b, 0);
  const names = Object.keys(target.jurisdictions);
  const quota = new CarriedQuota(names.map((name) => homes?.[name] ?? 0));
  const tenants = Array.from(weights, (weight, i) => ({
    id: `tenant-${i + 1}`,
    home: homes === null ? null : quota.split(1).indexOf(1),
    weight: weight / sum,
  }));
  const jurisdictions = names.map((id, j) => ({
    id,
    regions: target.jurisdictions[id]!.map((region) => target.regions.findIndex((r) => r.id === region)),
    weight: tenants.reduce((total, { home, weight }) => (home === j ? total + weight : total), 0),
  }));
  return { jurisdictions, tenants, travelShare };
}

/** Draws the tenant of a visit by the place that it comes from (claims/tenants.ts says the shares). */
export class TenantDraw {
  private readonly plan: Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare'>;
  private readonly everybody: Weighted;
  /** By jurisdiction: those at home there, and all others; null where there is nobody. */
  private readonly pools: { own: Pool | null; away: Pool | null }[];

  constructor(plan: Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare'>) {
    this.plan = plan;
    this.everybody = new Weighted(plan.tenants.map(({ weight }) => weight));
    const pool = (isIn: (home: number) => boolean): Pool | null => {
      const tenants = plan.tenants.flatMap(({ home }, i) => (home !== null && isIn(home) ? [i] : []));
      if (tenants.length === 0) return null;
      return { tenants, weighted: new Weighted(tenants.map((i) => plan.tenants[i]!.weight)) };
    };
    this.pools = plan.jurisdictions.map((_, j) => ({
      own: pool((home) => home === j),
      away: pool((home) => home !== j),
    }));
  }

  /** Index of a tenant; `home` is the region that is nearest to where its people are. */
  draw(random: Random, home: number): number {
    const { plan, pools } = this;
    if (plan.tenants[0]!.home === null) return this.everybody.draw(random);
    const place = jurisdictionOf(plan, home);
    const isAway = random.uniform() < awayShare(plan, plan.jurisdictions[place]!);
    const { own, away } = pools[place]!;
    const { tenants, weighted } = (isAway ? away : own)!;
    return tenants[weighted.draw(random)]!;
  }
}

interface Pool {
  tenants: number[];
  weighted: Weighted;
}
