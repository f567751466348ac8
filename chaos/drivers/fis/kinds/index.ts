/** What each kind of fault is in FIS. */
import type { FaultKind } from '../../../../src/formats/faults.ts';
import type { KindPlan, Surroundings } from '../step.ts';
import type { FisTarget } from '../../../../src/config/fis-target.ts';
import { compileDependency } from './dependency.ts';
import { compilePartition } from './partition.ts';
import { compileRedisLoss } from './redis-loss.ts';
import { compileRegionOutage } from './region-outage.ts';
import { compileReplicationDelay } from './replication-delay.ts';

type Compile = (given: never, target: FisTarget, around: Surroundings) => KindPlan;

const KINDS = {
  'region-outage': compileRegionOutage,
  'replication-delay': compileReplicationDelay,
  'redis-loss': compileRedisLoss,
  partition: compilePartition,
  dependency: compileDependency,
} satisfies Record<FaultKind, Compile>;

/** Steps by region, or why not. `params` are those that the kind's own schema gave. */
export const compileKind = (
  kind: FaultKind,
  params: Record<string, unknown>,
  target: FisTarget,
  around: Surroundings,
): KindPlan => (KINDS[kind] as Compile)(params as never, target, around);
