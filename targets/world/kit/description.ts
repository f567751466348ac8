/** `world.json`, in the shape of src/formats/world-file.ts, which a test holds this to. */
import { DATABASE } from './postgres/settings.ts';
import type { Routing } from './programs/routing.ts';
import {
  type Link,
  type Region,
  rttMs,
  type ServerKind,
  type ServerSite,
  serversOf,
  type Topology,
} from './topology.ts';
import type { Wishes } from './world.ts';

/** Ports of 127.0.0.1, and the rest of what is to be told. */
export interface WorldFacts {
  wishes: Wishes;
  topology: Topology;
  /** As declared; a planted defect may do otherwise. */
  routing: Routing;
  edgePort: number;
  controlPort: number;
  /** By region: where its clients come in, and its servers past every link. */
  ingress: Record<string, number>;
  servers: Record<ServerKind, Record<string, number>>;
  toxiproxyUrl: string;
  versions: Record<string, string>;
}

const url = (port: number): string => `http://127.0.0.1:${port}`;

export function describeWorld(facts: WorldFacts): object {
  const { wishes, topology, routing, edgePort } = facts;
  return {
    version: 1,
    world: wishes.world,
    defect: wishes.defect,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    routing: {
      url: url(edgePort),
      ttlSeconds: routing.ttlSeconds,
      speed: wishes.speed,
      intervalMs: routing.rhythm.intervalMs,
      threshold: routing.rhythm.threshold,
    },
    control: { url: url(facts.controlPort) },
    edge: { url: url(edgePort) },
    regions: topology.regions.map((region) => describeRegion(region, facts)),
    toxiproxy: { url: facts.toxiproxyUrl },
    links: topology.links.map((link) => describeLink(link, topology)),
    processes: serversOf(topology).map((server) => describeProcess(server, facts)),
    versions: facts.versions,
  };
}

function describeRegion({ id, role }: Region, { topology, ingress, servers }: WorldFacts): object {
  const [database, store] = [servers.database[id], servers.store[id]];
  return {
    id,
    role,
    url: url(ingress[id]!),
    directUrl: url(servers.api[id]!),
    postgresUrl: database ? `postgres://${DATABASE.user}@127.0.0.1:${database}/${DATABASE.database}` : null,
    redisUrl: store ? `redis://127.0.0.1:${store}` : null,
    rttToPrimaryMs: topology.primary === null ? null : rttMs(topology, id, topology.primary),
  };
}

const describeLink = (link: Link, topology: Topology): object => ({
  ...link,
  probe: topology.looks[link.far]!.linked,
  rttMs: link.to === null ? 0 : rttMs(topology, link.region, link.to),
});

/** The lag is told by the API of the region, whatever server it is of. */
function describeProcess({ name, kind, region }: ServerSite, { topology, servers }: WorldFacts): object {
  const { direct } = topology.looks[kind]!;
  const probe =
    'path' in direct
      ? { protocol: direct.protocol, url: `${url(servers.api[region]!)}${direct.path}` }
      : { protocol: direct.protocol, host: '127.0.0.1', port: servers[kind][region]! };
  return { name, kind, region, probe };
}
