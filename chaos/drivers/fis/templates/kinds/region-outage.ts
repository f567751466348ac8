/** A lost region through FIS: its subnets are cut off, also from the other regions (reference/fis.md 3.2). */
import type { RegionOutage } from '../../../../faults/region-outage.ts';
import { callerStep } from '../compute-network.ts';
import { type KindPlan, selected, selectedTasks, type Step, step } from '../step.ts';
import { awsRegionOf, type FisRegion, type FisTarget } from '../../../../../src/config/fis-target.ts';
import { awayFrom } from './cross-region.ts';
import type { Surroundings } from '../step.ts';

/** Connections of a grey region hang longer than any client waits. */
const HOLD_MS = 60_000;

export function compileRegionOutage(given: RegionOutage, target: FisTarget, around: Surroundings): KindPlan {
  const { region, face } = given;
  const lost = target.regions[region];
  if (!lost) return { cannot: `\`fis:\` lists nothing in ${region}`, instead: `Add \`fis.regions.${region}\`.` };
  if (face === 'reset')
    return { cannot: 'it drops packets and never resets connections', instead: 'Use `--face blackhole`.' };
  if (face === 'brown-out' || face === 'grey') return slowed(given, lost, target, around);
  if (!lost.subnets) {
    return {
      cannot: `it has no action for load balancers or DNS: a region is cut off by its subnets, and ${region} lists none`,
      instead: `Add \`fis.regions.${region}.subnets\`: those of the load balancer and the API.`,
    };
  }
  const subnets = selected('subnets', 'aws:ec2:subnet', lost.subnets);
  const steps: Record<string, Step[]> = {
    [region]: [step('cut-off', 'aws:network:disrupt-connectivity', { scope: 'all' }, subnets), ...alsoLost(lost)],
  };
  const gone = awsRegionOf(target, region);
  for (const [id, block] of Object.entries(target.regions)) {
    const away = id === region ? [] : awayFrom(block, gone);
    if (away.length > 0) steps[id] = away;
  }
  const notes = ['Traffic inside each subnet continues; keep load generator and harness outside of them.'];
  notes.push('A network ACL drops packets: requests hang instead of being refused.');
  return { steps, params: { ...given, face: 'blackhole' }, notes };
}

function alsoLost({ alsoLost: also }: FisRegion): Step[] {
  if (!also) return [];
  const { instances, tasks, clusters, databases, caches, zone } = also;
  const found: (Step | undefined)[] = [
    instances &&
      step(
        'stop-instances',
        'aws:ec2:stop-instances',
        { completeIfInstancesTerminated: true },
        selected('lost-instances', 'aws:ec2:instance', instances),
      ),
    tasks && step('stop-tasks', 'aws:ecs:stop-task', {}, selectedTasks('lost-tasks', tasks)),
    clusters &&
      step('fail-over', 'aws:rds:failover-db-cluster', {}, selected('lost-clusters', 'aws:rds:cluster', clusters)),
    databases &&
      step(
        'reboot',
        'aws:rds:reboot-db-instances',
        { forceFailover: true },
        selected('lost-databases', 'aws:rds:db', databases),
      ),
  ];
  if (caches && zone !== undefined) {
    const on = selected('lost-caches', 'aws:elasticache:replicationgroup', caches);
    on.target.parameters = { availabilityZoneIdentifier: zone };
    found.push(step('cache-zone', 'aws:elasticache:replicationgroup-interrupt-az-power', {}, on));
  }
  return found.filter((one) => one !== undefined);
}

function slowed(
  given: Extract<RegionOutage, { face: 'brown-out' | 'grey' }>,
  { compute }: FisRegion,
  target: FisTarget,
  { partition, minutes }: Surroundings,
): KindPlan {
  const { region, face } = given;
  if (!compute) {
    return {
      cannot: `it slows what instances, tasks or pods send, and ${region} lists none`,
      instead: `Add \`fis.regions.${region}.compute\`.`,
    };
  }
  const place = { compute, awsRegion: awsRegionOf(target, region), partition, minutes };
  const [delayMs, flowsPercent] =
    face === 'brown-out' ? [given.latencyMs, 100] : [HOLD_MS, Math.round(given.toxicity * 100)];
  return {
    steps: { [region]: [callerStep('slow', { what: 'latency', delayMs, flowsPercent, sources: ['ALL'] }, place)] },
    params: { ...given },
    notes: ["The API's own requests to database and Redis are delayed like its responses."],
  };
}
