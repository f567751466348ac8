/** A partition between two regions through FIS: each side's traffic to the other is cut where it leaves. */
import type { Partition } from '../../../../faults/partition.ts';
import type { KindPlan, Step } from '../step.ts';
import { awsRegionOf, type FisTarget } from '../../../../../src/config/fis-target.ts';
import { awayFrom, MANAGED_REPLICATION_CONTINUES } from './cross-region.ts';

export function compilePartition(given: Partition, target: FisTarget): KindPlan {
  const { from, to, direction } = given;
  const pairs = direction === 'both' ? [[from, to] as const, [to, from] as const] : [[from, to] as const];
  const steps: Record<string, Step[]> = {};
  for (const [here, there] of pairs) {
    const block = target.regions[here];
    const away = block ? awayFrom(block, awsRegionOf(target, there)) : [];
    if (away.length === 0) {
      return {
        cannot: `it cuts what subnets, transit gateways or VPC endpoints send, and ${here} lists none`,
        instead: `Add \`fis.regions.${here}.crossRegion\`.`,
      };
    }
    steps[here] = away;
  }
  return { steps, params: { ...given }, notes: [MANAGED_REPLICATION_CONTINUES] };
}
