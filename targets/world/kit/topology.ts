/** What a world consists of and where, as data. The kit reads it; the harness reads what worlds.json says of it. */

/** What the database of a region is: the one that takes writes, one that follows it; `stateless` = there is none. */
export const REGION_ROLES = ['primary', 'replica', 'stateless'] as const;
export type RegionRole = (typeof REGION_ROLES)[number];

/** Servers that a region can have. Each is a process that can be broken. */
export const SERVER_KINDS = ['api', 'database', 'store'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** Links that can be broken, a Toxiproxy proxy each. */
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
  /** The region at its far end; null within one. */
  to: string | null;
  /** What calls at its near end, and what answers at its far end. */
  near: 'clients' | ServerKind;
  far: ServerKind;
}

/** How a server is looked at. `lag`: the API of its region tells at this path how old the newest heartbeat is there. */
export type Look = { protocol: 'http' | 'lag'; path: string } | { protocol: 'redis' | 'postgres' };

export interface Topology {
  regions: readonly Region[];
  /** Round trips, ms, one for each pair of regions. */
  roundTrips: readonly (readonly [a: string, b: string, ms: number])[];
  /** The region that every region writes to; null where there is none. */
  primary: string | null;
  /** The region that is promoted when the primary is gone; null where none is. */
  successor: string | null;
  links: readonly Link[];
  /** How each kind of server is looked at: through a link that leads to it, and past every link. */
  looks: Readonly<Partial<Record<ServerKind, { linked: Look; direct: Look }>>>;
}

const ENDS: Readonly<Record<LinkKind, Pick<Link, 'near' | 'far'>>> = {
  ingress: { near: 'clients', far: 'api' },
  redis: { near: 'api', far: 'store' },
  primary: { near: 'api', far: 'database' },
  replication: { near: 'database', far: 'database' },
  sync: { near: 'api', far: 'api' },
};

/** A link of this kind under its usual name. A region has one of each kind, but one `sync` for every other region. */
export function linkOf(kind: LinkKind, region: string, to: string | null = null): Link {
  const proxy = kind === 'sync' ? `${kind}-${region}-${to}` : `${kind}-${region}`;
  return { proxy, kind, region, to, ...ENDS[kind] };
}

/** Round trip between two regions, ms; 0 within one. */
export function rttMs({ roundTrips }: Pick<Topology, 'roundTrips'>, a: string, b: string): number {
  if (a === b) return 0;
  const found = roundTrips.find(([from, to]) => (from === a && to === b) || (from === b && to === a));
  if (!found) throw new Error(`the topology has no round trip between ${a} and ${b}`);
  return found[2];
}

/** Ids of the regions that have such a server. */
export const regionsWith = ({ regions }: Pick<Topology, 'regions'>, kind: ServerKind): string[] =>
  regions.filter(({ servers }) => servers.includes(kind)).map(({ id }) => id);

/** What `make` makes for each of these regions, by region; all at the same time. */
export const byRegion = async <T>(
  regions: readonly string[],
  make: (region: string) => Promise<T>,
): Promise<Record<string, T>> =>
  Object.fromEntries(await Promise.all(regions.map(async (region) => [region, await make(region)] as const)));

export interface ServerSite {
  /** Name of its process. */
  name: string;
  kind: ServerKind;
  region: string;
}

/** Every server that can be broken, kind by kind. */
export const serversOf = (topology: Pick<Topology, 'regions'>): ServerSite[] =>
  SERVER_KINDS.flatMap((kind) =>
    regionsWith(topology, kind).map((region) => ({ name: `${kind}-${region}`, kind, region })),
  );
