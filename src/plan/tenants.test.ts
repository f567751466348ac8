import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tenantShare } from '../../claims/tenants.ts';
import { sampleInput, sampleProfile, sampleTarget } from '../../test/sample/plan-input.ts';
import type { RunPlan } from '../formats/plan.ts';
import { compilePlan } from './compile.ts';
import { Random } from './random.ts';
import { planTenants, TenantDraw } from './tenants.ts';
import { plannedRequests } from './scope.ts';

const target = {
  ...sampleTarget(),
  jurisdictions: { west: ['us-east-1'], union: ['eu-west-1'], east: ['ap-southeast-1'] },
};
const [US, EU, APAC] = [0, 1, 2];

const tenancy = (more: Partial<ReturnType<typeof sampleProfile>['tenants']>) =>
  planTenants({ tenants: { count: 100, zipfExponent: 1.1, homes: null, travelShare: 0, ...more } }, target);

describe('tenants', () => {
  test('have homes in the proportions of the profile, large and small ones alike', () => {
    const { tenants, jurisdictions } = tenancy({ homes: { west: 0.5, union: 0.3, east: 0.2 } });
    const at = (home: number, count: number): number => tenants.slice(0, count).filter((t) => t.home === home).length;
    expect([at(0, 100), at(1, 100), at(2, 100)]).toEqual([50, 30, 20]);
    expect([at(0, 10), at(1, 10), at(2, 10)]).toEqual([5, 3, 2]);
    expect(jurisdictions.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
  });

  test('have no home where the profile gives them none', () => {
    const plan = tenancy({});
    expect(plan.tenants.every(({ home }) => home === null)).toBe(true);
    expect(tenantShare(plan, EU, 3)).toBe(tenantShare(plan, APAC, 3));
  });

  test('send from their home, and from elsewhere by the travel share', () => {
    const plan = tenancy({ homes: { west: 0.5, union: 0.5 }, travelShare: 0.1 });
    const draw = new TenantDraw(plan);
    const random = new Random(1, 'test');
    const visits = 20_000;
    const away = (region: number, home: number): number =>
      Array.from({ length: visits }, () => plan.tenants[draw.draw(random, region)]!.home).filter((h) => h !== home)
        .length / visits;
    expect(away(US, 0)).toBeCloseTo(0.1, 1);
    expect(away(EU, 1)).toBeCloseTo(0.1, 1);
    // No tenant has its home in the east, so all users there are away.
    expect(away(APAC, 2)).toBe(1);
  });

  test('are drawn as often as the planner expects, for all homes', () => {
    const shares = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).filter((n) => n.some((one) => one > 0));
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 12 }), fc.nat(10), fc.nat(2), (n, count, tenths, region) => {
        const sum = n[0] + n[1] + n[2];
        const homes = { west: n[0] / sum, union: n[1] / sum, east: n[2] / sum };
        const plan = tenancy({ count, homes, travelShare: tenths / 10 });
        const draw = new TenantDraw(plan);
        const random = new Random(7, 'property');
        const times = plan.tenants.map(() => 0);
        const visits = 4_000;
        for (let i = 0; i < visits; i += 1) times[draw.draw(random, region)]! += 1;
        const planned = plan.tenants.map((_, tenant) => tenantShare(plan, region, tenant));
        expect(planned.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        for (const [tenant, share] of planned.entries())
          expect(Math.abs(times[tenant]! / visits - share)).toBeLessThan(0.05);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a plan', () => {
  const claimed = (per: 'tenant' | 'version'): RunPlan => {
    const claim = sampleTarget().claims.find(({ id }) => id === 'availability')!;
    return compilePlan(
      sampleInput({
        profile: { ...sampleProfile(), tenants: { count: 3, zipfExponent: 0, homes: null, travelShare: 0 } },
        target: {
          ...target,
          headers: { 'X-Tenant': '{tenant}' },
          versions: { 1: 0.75, 2: 0.25 },
          claims: [...sampleTarget().claims, { ...claim, id: 'each', per, gating: false }],
        },
        durationSeconds: 40,
      }),
    );
  };
  const planned = (plan: RunPlan): number[] =>
    plan.cells.filter(({ claim }) => plan.claims[claim]!.id === 'each').map((cell) => cell.plannedRequests);

  test('counts for each tenant its share of all requests that name their tenant', () => {
    const plan = claimed('tenant');
    const all = plannedRequests(plan, plan.streams, { ...plan.claims.at(-1)!, per: 'target' }, 0);
    expect(planned(plan)).toEqual([Math.floor(all / 3), Math.floor(all / 3), Math.floor(all / 3)]);
  });

  test('counts for each version the share that the target declares', () => {
    const [first, second] = planned(claimed('version'));
    expect(first! / second!).toBeCloseTo(3, 2);
  });
});
