/** The last steps of starting a world: the edge routes, the control API listens, world.json is written. */
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
import type { WorldOptions } from './world.ts';

export interface RunningWorld {
  options: WorldOptions;
  topology: Topology;
  ground: Ground;
  truth: TruthLog;
  toxiproxy: Toxiproxy;
  edge: Edge;
  /** As declared; a planted defect may override it at the edge. */
  routing: Routing;
  /** Ports of the proxies in front of each region's API. */
  ingress: Record<string, number>;
  /** Direct addresses of the servers, bypassing all links, by region. */
  servers: Partial<Record<ServerKind, Record<string, Address>>>;
  processes: WorldProcess[];
  /** Absent in a world without replicas. */
  lag?: Pick<LagMonitor, 'report'>;
  /** The epoch that each region's API writes in; absent in a world without a primary. */
  views?: Readonly<Record<string, { epoch: number }>>;
  /** Versions of its servers, by name. */
  versions: Record<string, string>;
}

/** Publishes a world whose processes all serve; returns the path of world.json. */
export async function openWorld(world: RunningWorld): Promise<string> {
  const { options, topology, ground, truth, toxiproxy, edge, routing, ingress, processes } = world;
  const edgePort = await edge.ready();
  edge.watch(ingress);
  const regions = topology.regions.map(({ id }) => id);
  const { lag = { report: () => [] }, views = {} } = world;
  const parts = { regions, processes, truth, lag, views, toxiproxyUrl: toxiproxy.url, evacuate: edge.evacuate };
  const controlPort = await startControl(parts, ground.listenAddress('control'));

  const portsOf = (kind: ServerKind): Promise<Record<string, number>> =>
    byRegion(regionsWith(topology, kind), (id) => ground.directPort(kind, id, world.servers[kind]![id]!));
  return ground.publish(
    describeWorld({
      options,
      topology,
      routing,
      edgePort,
      controlPort,
      ingress,
      servers: { database: await portsOf('database'), api: await portsOf('api'), store: await portsOf('store') },
      toxiproxyUrl: toxiproxy.url,
      versions: {
        ...world.versions,
        toxiproxy: await toxiproxy.version(),
        node: process.version,
        ...ground.versions,
      },
    }),
  );
}
