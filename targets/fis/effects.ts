/** The effects of an action on the world, from the action, its resources and the inventory. Pure. */
import { durationMs } from './clock.ts';
import {
  endsOf,
  type RegionInventory,
  type Resource,
  type Tier,
  type WorldFacts,
  type WorldLink,
} from './inventory.ts';
import type { ActionSpec } from './wire.ts';

export type EffectKind =
  | 'assert-alarms'
  | 'blackhole-port'
  | 'deny-peering'
  | 'deny-region'
  | 'deny-subnets'
  | 'document'
  | 'interrupt-cache'
  | 'latency'
  | 'restart-api'
  | 'restart-database'
  | 'stop-instances'
  | 'wait';

/** `drop`: data is dropped silently, on this share of connections. `refuse`: connections are closed and refused. */
export type Effect =
  | { do: 'drop'; proxy: string; share: number }
  | { do: 'refuse'; proxy: string }
  | { do: 'delay'; proxy: string; latencyMs: number; jitterMs: number; share: number }
  | { do: 'stop'; process: string };

export interface ActionImpact {
  effects: Effect[];
  /** How long the action runs, ms. */
  runsMs: number;
  /** How long its effects last, if that differs; null: until they are undone. */
  lastsMs?: number | null;
}

/** The world cannot do this: the action is skipped, with this reason. */
export class NotExercised extends Error {}
/** The action fails, with this reason. */
export class ActionFails extends Error {}

/** How long a reboot, a failover, or a new task takes, ms. */
const RESTART_MS = 10_000;

interface Hit {
  kind: EffectKind;
  action: ActionSpec;
  resources: Resource[];
  region: string;
  world: WorldFacts;
  inventory: RegionInventory;
}

/** The impact of this action: effects and durations. Throws NotExercised or ActionFails. */
export function impactOf(hit: Hit): ActionImpact {
  const { kind, action, region } = hit;
  const parameters = action.parameters ?? {};
  const runsMs = durationMs(parameters['duration'] ?? '') ?? 0;
  switch (kind) {
    case 'wait':
      return { effects: [], runsMs };
    case 'assert-alarms':
      return { effects: [], runsMs: 0 };
    case 'deny-subnets':
      return { effects: denySubnets(hit), runsMs };
    case 'deny-region': {
      const far = otherRegion(hit);
      return { effects: dropped(hit, (link) => spans(link, region, far)), runsMs };
    }
    case 'deny-peering': {
      const far = otherRegion(hit);
      const links = hit.world.links.filter((link) => spans(link, region, far));
      return { effects: links.map(({ proxy }): Effect => ({ do: 'drop', proxy, share: 1 })), runsMs };
    }
    case 'interrupt-cache':
      return {
        effects: hit.resources.map(({ standsFor }): Effect => ({ do: 'refuse', proxy: standsFor.proxy! })),
        runsMs,
      };
    case 'restart-api':
    case 'restart-database':
      return { effects: stopped(hit), runsMs: RESTART_MS };
    case 'stop-instances': {
      const startAfter = parameters['startInstancesAfterDuration'];
      if (startAfter === undefined) return { effects: stopped(hit), runsMs: 0, lastsMs: null };
      return { effects: stopped(hit), runsMs: durationMs(startAfter)! };
    }
    case 'blackhole-port':
      return { effects: [{ do: 'drop', proxy: portProxy(hit, parameters['port']), share: 1 }], runsMs };
    case 'latency':
      return {
        effects: [
          delay(hit, parameters['delayMilliseconds'], parameters['jitterMilliseconds'], parameters['flowsPercent']),
        ],
        runsMs,
      };
    default:
      return document(hit, runsMs);
  }
}

/** Every affected process, once. */
const stopped = ({ resources }: Hit): Effect[] =>
  [...new Set(resources.map(({ standsFor }) => standsFor.process!))].map((process) => ({ do: 'stop', process }));

const spans = ({ region, to }: WorldLink, a: string, b: string): boolean =>
  to !== null && ((region === a && to === b) || (region === b && to === a));

function otherRegion({ action, region, world }: Hit): string {
  const far = action.parameters!['region']!;
  if (far === region) throw new ActionFails(`The Region to isolate must be different from ${region}.`);
  if (!world.regions.some(({ id }) => id === far)) throw new NotExercised(`the world has no Region ${far}`);
  return far;
}

/**
 * The links that match `chosen` and begin or end in affected subnets; a tier affected in one zone of two loses half.
 */
function dropped({ resources, region, inventory, world }: Hit, chosen: (link: WorldLink) => boolean): Effect[] {
  const count = (some: Resource[], tier: Tier): number =>
    some.filter(({ standsFor }) => standsFor.tier === tier).length;
  const shareOf = (tier: Tier): number => count(resources, tier) / count(inventory.resources, tier);
  return world.links.filter(chosen).flatMap((link): Effect[] => {
    const here = endsOf(link).filter((end) => end?.[0] === region);
    const share = Math.max(0, ...here.map((end) => shareOf(end![1])));
    return share > 0 ? [{ do: 'drop', proxy: link.proxy, share }] : [];
  });
}

function denySubnets(hit: Hit): Effect[] {
  const { action, region, inventory } = hit;
  const { scope, prefixListIdentifier } = action.parameters!;
  const touches = (link: WorldLink): boolean => endsOf(link).some((end) => end?.[0] === region);
  switch (scope) {
    case 'all':
      return dropped(hit, touches);
    case 'vpc':
      // Traffic inside the VPC continues.
      return dropped(hit, (link) => touches(link) && !(link.near !== 'clients' && (link.to ?? region) === link.region));
    case 'prefix-list': {
      const list = inventory.prefixLists.find(({ id, arn }) => [id, arn].includes(prefixListIdentifier!));
      if (!list) throw new ActionFails(`The prefix list ${prefixListIdentifier} does not exist in ${region}.`);
      return dropped(hit, (link) => link.kind === list.kind && link.region === region);
    }
    default:
      throw new NotExercised(`the world has nothing that scope ${scope} would cut`);
  }
}

/** The proxy in front of the server with this port. */
function portProxy({ world, region }: Hit, port: string | undefined): string {
  const kind = port === '6379' ? 'redis' : port === '5432' ? 'primary' : null;
  const link = world.links.find((one) => one.kind === kind && one.region === region);
  if (!link) throw new NotExercised(`the world's APIs call nothing on port ${port}, only on 6379 and 5432`);
  return link.proxy;
}

function delay(hit: Hit, ms = '200', jitter = '10', percent = '100'): Effect {
  const [latencyMs, jitterMs, share] = [Number(ms), Number(jitter), Number(percent) / 100];
  const isSane = Number.isSafeInteger(latencyMs) && Number.isSafeInteger(jitterMs) && share > 0 && share <= 1;
  if (!isSane || latencyMs < 0 || jitterMs < 0)
    throw new ActionFails(`Delay, jitter and flows must be whole numbers, got ${ms}, ${jitter}, ${percent}.`);
  return { do: 'delay', proxy: portProxy(hit, '6379'), latencyMs, jitterMs: Math.min(jitterMs, latencyMs), share };
}

/** An SSM document of AWS. It runs for its own DurationSeconds, also past the end of the action. */
function document(hit: Hit, runsMs: number): ActionImpact {
  const { documentArn, documentParameters = '{}' } = hit.action.parameters!;
  let given: Record<string, string>;
  try {
    given = JSON.parse(documentParameters) as Record<string, string>;
  } catch {
    throw new ActionFails(`documentParameters is not valid JSON: ${documentParameters.slice(0, 60)}`);
  }
  const name = documentArn!.slice(documentArn!.lastIndexOf('/') + 1);
  const seconds = Number(given['DurationSeconds'] ?? 60);
  if (!(seconds >= 1))
    throw new ActionFails(`DurationSeconds must be a number of seconds, got ${given['DurationSeconds']}`);
  const single = (effect: Effect): ActionImpact => ({ effects: [effect], runsMs, lastsMs: seconds * 1000 });
  switch (name) {
    case 'AWSFIS-Run-Network-Blackhole-Port': {
      // Ingress, the document's default, would block traffic to the API on that port, and there is none.
      if ((given['TrafficType'] ?? 'ingress') !== 'egress')
        throw new NotExercised('the document blocks ingress: TrafficType is not egress');
      return single({ do: 'drop', proxy: portProxy(hit, given['Port']), share: 1 });
    }
    case 'AWSFIS-Run-Network-Latency':
      return single(delay(hit, given['DelayMilliseconds'], '0'));
    case 'AWSFIS-Run-Network-Latency-Sources':
      return single(delay(hit, given['DelayMilliseconds'], given['JitterMilliseconds'], given['FlowsPercent']));
    default:
      throw new NotExercised(`the document ${name} cannot be carried out`);
  }
}
