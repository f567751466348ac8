/**
 * A lost Redis through FIS. Its only action on ElastiCache is a failover of one zone, so the Redis is cut off from its
 * callers instead: by a network ACL against its networks, or by a blackhole of its port on the callers.
 */
import type { RedisLoss } from '../../../../faults/redis-loss.ts';
import { callerStep } from '../compute-network.ts';
import { type KindPlan, selected, type Step, step } from '../step.ts';
import { awsRegionOf, type FisRegion, type FisTarget } from '../../../../../src/config/fis-target.ts';
import type { Surroundings } from '../step.ts';

export function compileRedisLoss(given: RedisLoss, target: FisTarget, around: Surroundings): KindPlan {
  const { region, face } = given;
  if (face === 'reset')
    return { cannot: 'it drops packets and never resets connections', instead: 'Use `--face blackhole`.' };
  if (face === 'empty') {
    return {
      cannot: 'no FIS action empties a Redis: failovers keep the data',
      instead: 'Use `--face blackhole`, or restart the nodes yourself (`aws elasticache reboot-cache-cluster`).',
    };
  }
  if (face === 'full') {
    return { cannot: 'no FIS action fills a Redis', instead: 'Use `--face slow` or `--face blackhole`.' };
  }
  const lost = region === 'all' ? Object.keys(target.regions) : [region];
  const steps: Record<string, Step[]> = {};
  for (const id of lost) {
    const block = target.regions[id];
    if (!block?.redis) return { cannot: `${id} lists no Redis`, instead: `Add \`fis.regions.${id}.redis\`.` };
    const place = { ...around, awsRegion: awsRegionOf(target, id) };
    const found = face === 'slow' ? slow(id, given.latencyMs, block, place) : cutOff(id, block, place);
    if ('cannot' in found) return found;
    steps[id] = [found];
  }
  if (face === 'slow') return { steps, params: { ...given }, notes: [] };
  const notes = ['FIS drops packets: calls to the Redis hang instead of being refused.'];
  return { steps, params: { ...given, face: 'blackhole' }, notes };
}

type Place = Surroundings & { awsRegion: string };
type Cannot = Extract<KindPlan, { cannot: string }>;

function cutOff(id: string, { redis, subnets, compute }: FisRegion, place: Place): Step | Cannot {
  const { prefixList, port } = redis!;
  if (prefixList !== undefined && subnets) {
    return step(
      'redis-networks',
      'aws:network:disrupt-connectivity',
      { scope: 'prefix-list', prefixListIdentifier: prefixList },
      selected('subnets', 'aws:ec2:subnet', subnets),
    );
  }
  if (compute) return callerStep('redis-port', { what: 'blackhole', port }, { ...place, compute });
  return {
    cannot: `it has no action that stops a Redis, and for ${id} the target lists no way to cut it off from its callers`,
    instead: `Add \`fis.regions.${id}.redis.prefixList\` and \`subnets\`, or \`compute\`.`,
  };
}

function slow(id: string, latencyMs: number, { redis, compute }: FisRegion, place: Place): Step | Cannot {
  const { hosts } = redis!;
  if (!compute || hosts.length === 0) {
    return {
      cannot: `it slows what callers in ${id} send to a Redis, and the callers or the hosts of the Redis are not listed`,
      instead: `Add \`fis.regions.${id}.compute\` and \`redis.hosts\`.`,
    };
  }
  const fault = { what: 'latency', delayMs: latencyMs, flowsPercent: 100, sources: hosts } as const;
  return callerStep('redis-slow', fault, { ...place, compute });
}
