/** User requests of each tenant in each judged phase, and how many failed. */
import { z } from 'zod';
import type { PlanPhase } from '../../src/formats/plan.ts';
import { designEffect } from '../../src/statistics/design-effect.ts';
import type { Measure } from '../measures/measure.ts';
import { count } from '../measures/values.ts';
import { BLOCKS, isUser, type JudgedRow, PHASES } from '../row.ts';

const schema = z
  .array(
    z.strictObject({
      phase: z.enum(PHASES),
      tenants: z.array(
        z.strictObject({
          tenant: count.describe('Index into the tenants of the plan.'),
          total: count,
          bad: count,
          designEffect: z.number(),
        }),
      ),
    }),
  )
  .describe('User requests by tenant in each judged phase; empty where the plan has one tenant.');

type TenantFigures = z.output<typeof schema>;
export type TenantCount = TenantFigures[number]['tenants'][number];

export const tenants: Measure<TenantFigures> = {
  schema,
  collect({ plan }) {
    const byPhase = PHASES.map(() => new Map<number, Blocks>());
    return {
      add(c: JudgedRow) {
        // A request counts once, by the outcome of its first attempt (docs/decisions/0014).
        if (!c.judged || c.row.attempt > 0 || !isUser(c.role) || !plan.operations[c.operation]!.isOfTenant) return;
        const of = byPhase[c.phase]!;
        const blocks = of.get(c.tenant) ?? { total: new Uint32Array(BLOCKS), bad: new Uint32Array(BLOCKS) };
        of.set(c.tenant, blocks);
        blocks.total[c.block]! += 1;
        if (c.bad) blocks.bad[c.block]! += 1;
      },
      finish: () =>
        byPhase.flatMap((of, phase) => {
          if (of.size === 0 || plan.tenants.length < 2) return [];
          const counts = [...of].toSorted(([a], [b]) => a - b).map(([tenant, blocks]) => countOf(tenant, blocks));
          return [{ phase: PHASES[phase] as PlanPhase['name'], tenants: counts }];
        }),
    };
  },
};

/** Requests of one tenant by time block. */
interface Blocks {
  total: Uint32Array;
  bad: Uint32Array;
}

const sum = (counts: Uint32Array): number => counts.reduce((a, b) => a + b, 0);

const countOf = (tenant: number, { total, bad }: Blocks): TenantCount => ({
  tenant,
  total: sum(total),
  bad: sum(bad),
  designEffect: designEffect(bad, total),
});
