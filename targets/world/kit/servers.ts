/** The first servers of a world with one primary database: stores, Toxiproxy, the primary, API programs, the edge. */
import type { Address } from './address.ts';
import type { ApiFleet } from './api-fleet.ts';
import { type Edge, startEdge } from './edge-process.ts';
import type { Ground, Program, Server } from './ground.ts';
import { type PrimaryLinks, linksTo, proxiesOf, type Wiring } from './links.ts';
import { pauseReplay } from './postgres/replay.ts';
import { processesOfKind, type WorldProcess } from './processes.ts';
import { limitMemory } from './redis-memory.ts';
import type { Caching } from './programs/asset-cache.ts';
import type { Routing } from './programs/routing.ts';
import { byRegion, regionsWith, replicasOf, type ServerKind, type Topology } from './topology.ts';
import type { Toxiproxy } from './toxiproxy.ts';
import type { TruthLog } from './truth.ts';

export interface Servers {
  stores: Record<string, Server>;
  toxiproxy: Toxiproxy;
  primary: Server;
  /** API programs, loaded; each waits for its settings. */
  programs: Record<string, Program>;
  edge: Edge;
  wiring: Wiring;
  /** Addresses of the links `redis-<region>`, for the APIs. */
  redis: Record<string, Address>;
  /** The links to the primary, for the APIs and for the replicas. */
  links: PrimaryLinks;
}

interface ServerParts {
  ground: Ground;
  topology: Topology & { primary: string };
  truth: TruthLog;
  /** How the edge routes and caches, with a planted defect. */
  routing: Routing;
  caching: Caching;
}

/** Starts them concurrently, as programs load their code while the stores start. */
export async function startServers({ ground, topology, truth, routing, caching }: ServerParts): Promise<Servers> {
  const [stores, toxiproxy, primary, programs, edge] = await Promise.all([
    byRegion(regionsWith(topology, 'store'), (id) => ground.store(id)),
    ground.toxiproxy(),
    ground.database(topology.primary),
    byRegion(regionsWith(topology, 'api'), (id) => ground.api(id)),
    startEdge(ground, topology, routing, truth, caching),
  ]);
  const proxies = await proxiesOf(toxiproxy);
  const wiring = { proxies, ground, topology };
  const redis = await byRegion(Object.keys(stores), async (id) =>
    ground.addressFromRegions(await proxies(`redis-${id}`, stores[id]!.address)),
  );
  const links = await linksTo(wiring, topology.primary, primary.address, replicasOf(topology));
  return { stores, toxiproxy, primary, programs, edge, wiring, redis, links };
}

/** Lets the replicas stream from the primary; they start as copies of it. Returns the databases of all regions. */
export async function startReplicas(
  { primary, links }: Pick<Servers, 'primary' | 'links'>,
  ground: Ground,
  { primary: home }: ServerParts['topology'],
  replayDelayMs: (region: string) => number = () => 0,
): Promise<Record<string, Server>> {
  const replicas = await byRegion(Object.keys(links.replication), async (id) => {
    const address = ground.addressFromRegions(links.replication[id]!);
    await ground.streamFrom(id, { address, slot: true, replayDelayMs: replayDelayMs(id) });
    return ground.database(id);
  });
  return { [home]: primary, ...replicas };
}

/** Sends every API its settings, and puts the proxy `ingress-<region>` in front of each. Resolves when all serve. */
export async function serveAll(
  { programs, wiring }: Pick<Servers, 'programs' | 'wiring'>,
  ground: Ground,
  apis: ApiFleet,
): Promise<{ ingress: Record<string, number>; versions: Record<string, string> }> {
  const ingress: Record<string, number> = {};
  const serving = await byRegion(Object.keys(programs), (id) =>
    apis.serve(id, async (port) => {
      ingress[id] = await wiring.proxies(`ingress-${id}`, ground.apiAddress(id, port));
    }),
  );
  return { ingress, versions: Object.values(serving)[0]!.versions };
}

interface Breakable {
  ground: Ground;
  topology: Topology;
  truth: TruthLog;
  apis: ApiFleet;
  databases: Record<string, Server>;
  stores: Record<string, Server>;
}

/** All processes that faults can target, by kind and region. */
export const processesOf = ({
  ground,
  topology,
  truth,
  apis,
  databases,
  stores,
}: Breakable): Record<ServerKind, Record<string, WorldProcess>> => ({
  api: processesOfKind('api', regionsWith(topology, 'api'), truth, (id) => ({
    handle: apis.handle(id),
    start: () => apis.restart(id),
  })),
  database: processesOfKind('database', Object.keys(databases), truth, (id) => ({
    handle: databases[id]!.handle,
    start: async () => (await ground.database(id)).handle,
    replay: pauseReplay(databases[id]!.address),
  })),
  store: processesOfKind('store', Object.keys(stores), truth, (id) => ({
    handle: stores[id]!.handle,
    start: async () => (await ground.store(id)).handle,
    fill: limitMemory(stores[id]!.address),
  })),
});

/** The direct addresses of servers, bypassing all links. */
export const addressesOf = (servers: Record<string, Server>): Record<string, Address> =>
  Object.fromEntries(Object.entries(servers).map(([id, { address }]) => [id, address]));
