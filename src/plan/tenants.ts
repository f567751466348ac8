/** The tenants of a run: the home of each, and the tenant of each visit. */
import { awayShare, jurisdictionOf } from '../../claims/tenants.ts';
import type { Profile, Target } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';
import { CarriedQuota } from './quota.ts';
import type { Random } from './random.ts';
import { Weighted, zipfWeights } from './weighted.ts';

/**
 * Tenants by rank, with homes in the profile's proportions. Each gets the jurisdiction that is furthest below its
 * share, so that large tenants are spread over the jurisdictions too.
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

/** Draws the tenant of a visit by the region it comes from, with the shares of claims/tenants.ts. */
export class TenantDraw {
  private readonly plan: Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare'>;
  private readonly all: Weighted;
  /** By jurisdiction: the tenants at home there, and all others; null for none. */
  private readonly pools: { own: Pool | null; away: Pool | null }[];

  constructor(plan: Pick<RunPlan, 'jurisdictions' | 'tenants' | 'travelShare'>) {
    this.plan = plan;
    this.all = new Weighted(plan.tenants.map(({ weight }) => weight));
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

  /** Index of a tenant; `home` is the region nearest to its users. */
  draw(random: Random, home: number): number {
    const { plan, pools } = this;
    if (plan.tenants[0]!.home === null) return this.all.draw(random);
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
