/** The content of `world.json`, in the shape of src/formats/world-file.ts; a test checks that they match. */
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
import type { WorldOptions } from './world.ts';

/** The facts that world.json is made of. Ports are on 127.0.0.1. */
export interface WorldFacts {
  options: WorldOptions;
  topology: Topology;
  /** As declared; a planted defect may override it at the edge. */
  routing: Routing;
  edgePort: number;
  controlPort: number;
  /** By region: its ingress, and its servers' direct ports, which bypass all links. */
  ingress: Record<string, number>;
  servers: Record<ServerKind, Record<string, number>>;
  toxiproxyUrl: string;
  versions: Record<string, string>;
}

const url = (port: number): string => `http://127.0.0.1:${port}`;

export function describeWorld(facts: WorldFacts): object {
  const { options, topology, routing, edgePort } = facts;
  return {
    version: 1,
    world: options.world,
    defect: options.defect,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    routing: {
      url: url(edgePort),
      ttlSeconds: routing.ttlSeconds,
      speed: options.speed,
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
  probe: topology.probes[link.far]!.linked,
  rttMs: link.to === null ? 0 : rttMs(topology, link.region, link.to),
});

/** A lag probe goes to the API of the region, whatever server it is for. */
function describeProcess({ name, kind, region }: ServerSite, { topology, servers }: WorldFacts): object {
  const { direct } = topology.probes[kind]!;
  const probe =
    'path' in direct
      ? { protocol: direct.protocol, url: `${url(servers.api[region]!)}${direct.path}` }
      : { protocol: direct.protocol, host: '127.0.0.1', port: servers[kind][region]! };
  return { name, kind, region, probe };
}
