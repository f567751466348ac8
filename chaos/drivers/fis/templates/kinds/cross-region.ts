/** Traffic from one region to another: what FIS cuts, and what it does not. */
import { selected, type Step, step } from '../step.ts';
import type { FisRegion } from '../../../../../src/config/fis-target.ts';

/** FIS user guide, "Cross-Region: Connectivity". */
export const MANAGED_REPLICATION_CONTINUES =
  'FIS cuts what the listed subnets send; replication that AWS manages (RDS, Aurora, ElastiCache) continues.';

/** Steps in a region that cut its traffic to another; none if nothing is listed. */
export function awayFrom({ crossRegion }: FisRegion, to: string): Step[] {
  const { subnets, transitGateways, vpcEndpoints } = crossRegion ?? {};
  return [
    subnets &&
      step(
        'routes',
        'aws:network:route-table-disrupt-cross-region-connectivity',
        { region: to },
        selected('cross-region-subnets', 'aws:ec2:subnet', subnets),
      ),
    transitGateways &&
      step(
        'transit-gateways',
        'aws:network:transit-gateway-disrupt-cross-region-connectivity',
        { region: to },
        selected('transit-gateways', 'aws:ec2:transit-gateway', transitGateways),
      ),
    vpcEndpoints &&
      step(
        'vpc-endpoints',
        'aws:network:disrupt-vpc-endpoint',
        {},
        selected('vpc-endpoints', 'aws:ec2:vpc-endpoint', vpcEndpoints),
      ),
  ].filter((one) => one !== undefined);
}
