/** The last steps of any world: its edge routes, its control listens, and world.json says where everything is. */
import type { Address } from './address.ts';
import { startControl } from './control.ts';
import { describeWorld } from './description.ts';
import type { Edge } from './edge-process.ts';
import type { Ground } from './ground.ts';
import type { LagMonitor } from './postgres/lag-monitor.ts';
import type { WorldProcess } from './processes.ts';
import type { Routing } from './programs/routing.ts';
import { byRegion, regionsWith, type ServerKind, type Topology } from './topology.ts';
import type { Toxiproxy } from './toxiproxy.ts';
import type { TruthLog } from './truth.ts';
import type { Wishes } from './world.ts';

export interface Standing {
  wishes: Wishes;
  topology: Topology;
  ground: Ground;
  truth: TruthLog;
  toxiproxy: Toxiproxy;
  edge: Edge;
  /** As declared; a planted defect may do otherwise. */
  routing: Routing;
  /** Ports of the proxies in front of each region's API. */
  ingress: Record<string, number>;
  /** Addresses of the servers past every link, by region. */
  servers: Partial<Record<ServerKind, Record<string, Address>>>;
  processes: WorldProcess[];
  /** Left out by a world without replicas. */
  lag?: Pick<LagMonitor, 'report'>;
  /** What the API of each region believes; left out by a world without a primary. */
  views?: Readonly<Record<string, { epoch: number }>>;
  /** Of its servers, by name. */
  versions: Record<string, string>;
}

/** Opens a world in which everything serves; returns the path of world.json. */
export async function openWorld(standing: Standing): Promise<string> {
  const { wishes, topology, ground, truth, toxiproxy, edge, routing, ingress, processes } = standing;
  const edgePort = await edge.ready();
  edge.watch(ingress);
  const regions = topology.regions.map(({ id }) => id);
  const { lag = { report: () => [] }, views = {} } = standing;
  const parts = { regions, processes, truth, lag, views, toxiproxyUrl: toxiproxy.url, evacuate: edge.evacuate };
  const controlPort = await startControl(parts, ground.door('control'));

  const portsOf = (kind: ServerKind): Promise<Record<string, number>> =>
    byRegion(regionsWith(topology, kind), (id) => ground.lookedAt(kind, id, standing.servers[kind]![id]!));
  return ground.publish(
    describeWorld({
      wishes,
      topology,
      routing,
      edgePort,
      controlPort,
      ingress,
      servers: { database: await portsOf('database'), api: await portsOf('api'), store: await portsOf('store') },
      toxiproxyUrl: toxiproxy.url,
      versions: {
        ...standing.versions,
        toxiproxy: await toxiproxy.version(),
        node: process.version,
        ...ground.versions,
      },
    }),
  );
}
