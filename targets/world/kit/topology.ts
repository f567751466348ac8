/** The topology of a world, as data. The kit reads it; the harness reads its outline in worlds.json. */

/** Role of a region's database: `primary` takes writes, `replica` follows it; `stateless` = no database. */
export const REGION_ROLES = ['primary', 'replica', 'stateless'] as const;
export type RegionRole = (typeof REGION_ROLES)[number];

/** Kinds of server that a region can have. Each is a process that faults can target. */
export const SERVER_KINDS = ['api', 'database', 'store'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** Kinds of link. Each link is a Toxiproxy proxy that faults can target. */
export const LINK_KINDS = ['ingress', 'redis', 'primary', 'replication', 'sync'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

export interface Region {
  id: string;
  lat: number;
  lon: number;
  role: RegionRole;
  servers: readonly ServerKind[];
}

export interface Link {
  /** Name of its Toxiproxy proxy. */
  proxy: string;
  kind: LinkKind;
  region: string;
  /** The region at its far end; null for a link within one region. */
  to: string | null;
  /** The caller at its near end, and the server at its far end. */
  near: 'clients' | ServerKind;
  far: ServerKind;
}

/** How a server is probed. `lag`: the API of its region reports the age of its newest heartbeat at this path. */
export type Probe = { protocol: 'http' | 'lag'; path: string } | { protocol: 'redis' | 'postgres' };

export interface Topology {
  regions: readonly Region[];
  /** Round trips, ms, one for each pair of regions. */
  roundTrips: readonly (readonly [a: string, b: string, ms: number])[];
  /** The region that every region writes to; null where there is none. */
  primary: string | null;
  /** The region that is promoted when the primary fails; null where none is. */
  successor: string | null;
  links: readonly Link[];
  /** How each kind of server is probed: through a link that leads to it, and directly, bypassing all links. */
  probes: Readonly<Partial<Record<ServerKind, { linked: Probe; direct: Probe }>>>;
}

const ENDS: Readonly<Record<LinkKind, Pick<Link, 'near' | 'far'>>> = {
  ingress: { near: 'clients', far: 'api' },
  redis: { near: 'api', far: 'store' },
  primary: { near: 'api', far: 'database' },
  replication: { near: 'database', far: 'database' },
  sync: { near: 'api', far: 'api' },
};

/** A link of this kind under its standard name. A region has one of each kind, but one `sync` per other region. */
export function linkOf(kind: LinkKind, region: string, to: string | null = null): Link {
  const proxy = kind === 'sync' ? `${kind}-${region}-${to}` : `${kind}-${region}`;
  return { proxy, kind, region, to, ...ENDS[kind] };
}

/** Round trip between two regions, ms; 0 within one region. Throws if the topology has none. */
export function rttMs({ roundTrips }: Pick<Topology, 'roundTrips'>, a: string, b: string): number {
  if (a === b) return 0;
  const found = roundTrips.find(([from, to]) => (from === a && to === b) || (from === b && to === a));
  if (!found) throw new Error(`the topology has no round trip between ${a} and ${b}`);
  return found[2];
}

/** Ids of the regions that have a server of this kind. */
export const regionsWith = ({ regions }: Pick<Topology, 'regions'>, kind: ServerKind): string[] =>
  regions.filter(({ servers }) => servers.includes(kind)).map(({ id }) => id);

/** Regions whose database follows the primary. */
export const replicasOf = ({ regions }: Pick<Topology, 'regions'>): string[] =>
  regions.filter(({ role }) => role === 'replica').map(({ id }) => id);

/** Calls `make` for all these regions concurrently; its results by region. */
export const byRegion = async <T>(
  regions: readonly string[],
  make: (region: string) => Promise<T>,
): Promise<Record<string, T>> =>
  Object.fromEntries(await Promise.all(regions.map(async (region) => [region, await make(region)] as const)));

export interface ServerSite {
  /** Name of the process. */
  name: string;
  kind: ServerKind;
  region: string;
}

/** All servers of the topology, grouped by kind. */
export const serversOf = (topology: Pick<Topology, 'regions'>): ServerSite[] =>
  SERVER_KINDS.flatMap((kind) =>
    regionsWith(topology, kind).map((region) => ({ name: `${kind}-${region}`, kind, region })),
  );
