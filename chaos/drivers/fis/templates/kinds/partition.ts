/** Two regions lose each other by FIS: each side's words are cut where they leave it. */
import type { Partition } from '../../../../faults/partition.ts';
import type { KindPlan, Step } from '../step.ts';
import { awsRegionOf, type FisTarget } from '../../../../../src/config/fis-target.ts';
import { awayFrom, MANAGED_GOES_ON } from './cross-region.ts';

export function compilePartition(given: Partition, target: FisTarget): KindPlan {
  const { from, to, direction } = given;
  const ways = direction === 'both' ? [[from, to] as const, [to, from] as const] : [[from, to] as const];
  const steps: Record<string, Step[]> = {};
  for (const [here, there] of ways) {
    const block = target.regions[here];
    const away = block ? awayFrom(block, awsRegionOf(target, there)) : [];
    if (away.length === 0) {
      return {
        cannot: `FIS cuts what subnets, transit gateways or VPC endpoints send, and ${here} lists none`,
        instead: `Add \`fis.regions.${here}.crossRegion\`.`,
      };
    }
    steps[here] = away;
  }
  return { steps, params: { ...given }, notes: [MANAGED_GOES_ON] };
}
