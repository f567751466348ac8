/** How FIS carries out each kind of fault; it cannot do kinds that are not in the table. */
import type { FaultKind } from '../../../../../src/formats/faults.ts';
import type { KindPlan, Surroundings } from '../step.ts';
import type { FisTarget } from '../../../../../src/config/fis-target.ts';
import { compilePartition } from './partition.ts';
import { compileRedisLoss } from './redis-loss.ts';
import { compileRegionOutage } from './region-outage.ts';
import { compileReplicationDelay } from './replication-delay.ts';

type Compile = (given: never, target: FisTarget, around: Surroundings) => KindPlan;

const KINDS: Partial<Record<FaultKind, Compile>> = {
  'region-outage': compileRegionOutage,
  'replication-delay': compileReplicationDelay,
  'redis-loss': compileRedisLoss,
  partition: compilePartition,
};

/** Steps by region, or why FIS cannot do it. `params` are parsed by the kind's own schema. */
export const compileKind = (
  kind: FaultKind,
  params: Record<string, unknown>,
  target: FisTarget,
  around: Surroundings,
): KindPlan => {
  const compile = KINDS[kind];
  if (compile) return compile(params as never, target, around);
  return { cannot: `it has no action for ${kind}`, instead: 'Run without `--driver fis`.' };
};
