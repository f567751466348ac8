/** What each kind of fault is in FIS; a kind that is not in the table is one that FIS cannot do. */
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

/** Steps by region, or why not. `params` are those that the kind's own schema gave. */
export const compileKind = (
  kind: FaultKind,
  params: Record<string, unknown>,
  target: FisTarget,
  around: Surroundings,
): KindPlan => {
  const compile = KINDS[kind];
  if (compile) return compile(params as never, target, around);
  return { cannot: `it has no action for ${kind}`, instead: 'Run it without `--driver fis`.' };
};
