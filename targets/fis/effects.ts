/** What an action does to the world: pure, from the action, what it hits and the inventory to a list of effects. */
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

/** `drop`: nothing arrives and nobody is told, on this share of connections. `refuse`: closed, and refused. */
export type Effect =
  | { do: 'drop'; proxy: string; share: number }
  | { do: 'refuse'; proxy: string }
  | { do: 'delay'; proxy: string; latencyMs: number; jitterMs: number; share: number }
  | { do: 'stop'; process: string };

export interface Deed {
  effects: Effect[];
  /** How long the action runs, ms. */
  runsMs: number;
  /** How long its effects last where that is another time; null = until somebody undoes them. */
  lastsMs?: number | null;
}

/** Not in the world's power: the action is skipped, with this reason. */
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

/** What to do for this action. Throws NotExercised or ActionFails. */
export function deedOf(hit: Hit): Deed {
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

/** Every process once, however many of its resources were hit. */
const stopped = ({ resources }: Hit): Effect[] =>
  [...new Set(resources.map(({ standsFor }) => standsFor.process!))].map((process) => ({ do: 'stop', process }));

const spans = ({ region, to }: WorldLink, a: string, b: string): boolean =>
  to !== null && ((region === a && to === b) || (region === b && to === a));

function otherRegion({ action, region, world }: Hit): string {
  const far = action.parameters!['region']!;
  if (far === region) throw new ActionFails(`The Region to isolate must be another one than ${region}.`);
  if (!world.regions.some(({ id }) => id === far)) throw new NotExercised(`the world has no Region ${far}`);
  return far;
}

/** The links that `chosen` says and that begin or end in the subnets hit; a tier hit in one zone of two loses half. */
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
      // Inside the VPC everything goes on.
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

/** The proxy in front of what listens on this port. */
function portProxy({ world, region }: Hit, port: string | undefined): string {
  const kind = port === '6379' ? 'redis' : port === '5432' ? 'primary' : null;
  const link = world.links.find((one) => one.kind === kind && one.region === region);
  if (!link) throw new NotExercised(`the world's APIs call nothing on port ${port}; there is 6379 and 5432`);
  return link.proxy;
}

function delay(hit: Hit, ms = '200', jitter = '10', percent = '100'): Effect {
  const [latencyMs, jitterMs, share] = [Number(ms), Number(jitter), Number(percent) / 100];
  const isSane = Number.isSafeInteger(latencyMs) && Number.isSafeInteger(jitterMs) && share > 0 && share <= 1;
  if (!isSane || latencyMs < 0 || jitterMs < 0)
    throw new ActionFails(`Delay, jitter and flows must be whole numbers, got ${ms}, ${jitter}, ${percent}.`);
  return { do: 'delay', proxy: portProxy(hit, '6379'), latencyMs, jitterMs: Math.min(jitterMs, latencyMs), share };
}

/** An SSM document of AWS's own. It runs for its own DurationSeconds, also past the end of the action. */
function document(hit: Hit, runsMs: number): Deed {
  const { documentArn, documentParameters = '{}' } = hit.action.parameters!;
  let given: Record<string, string>;
  try {
    given = JSON.parse(documentParameters) as Record<string, string>;
  } catch {
    throw new ActionFails(`documentParameters is no JSON: ${documentParameters.slice(0, 60)}`);
  }
  const name = documentArn!.slice(documentArn!.lastIndexOf('/') + 1);
  const seconds = Number(given['DurationSeconds'] ?? 60);
  if (!(seconds >= 1))
    throw new ActionFails(`DurationSeconds must be a number of seconds, got ${given['DurationSeconds']}`);
  const deed = (effect: Effect): Deed => ({ effects: [effect], runsMs, lastsMs: seconds * 1000 });
  switch (name) {
    case 'AWSFIS-Run-Network-Blackhole-Port': {
      // Ingress is the document's default, and would block what comes to the API on that port: nothing does.
      if ((given['TrafficType'] ?? 'ingress') !== 'egress')
        throw new NotExercised('the document blocks ingress: TrafficType is not egress');
      return deed({ do: 'drop', proxy: portProxy(hit, given['Port']), share: 1 });
    }
    case 'AWSFIS-Run-Network-Latency':
      return deed(delay(hit, given['DelayMilliseconds'], '0'));
    case 'AWSFIS-Run-Network-Latency-Sources':
      return deed(delay(hit, given['DelayMilliseconds'], given['JitterMilliseconds'], given['FlowsPercent']));
    default:
      throw new NotExercised(`the document ${name} cannot be carried out`);
  }
}
