/**
 * Names and ports of the composed world: what docker-compose.yml, toxiproxy.json and the scripts beside this file say
 * too (a test holds them together). Toxiproxy, the main process and the edge share one network namespace that every
 * region's network reaches as `wan`: a region gets to another one through there or not at all.
 */
import { type Link, regionsWith, SERVER_KINDS, type ServerKind, type Topology } from '../kit/topology.ts';

export const HUB = 'wan';

/** Inside the containers: what the main process and the servers share, and the data of every database. */
export const ORDERS_DIRECTORY = '/run/antipode/orders';
export const dataDirectory = (region: string): string => `/data/${region}`;
/** Of PostgreSQL, below that: as the official image has it (PGDATA). */
export const PGDATA = '18/docker';
export const WORLD_FILE = '/run/antipode/world/world.json';

export const PORTS = {
  /** Of the namespace that is shared. */
  toxiproxy: 8474,
  edge: 20_080,
  control: 20_081,
  programs: 20_082,
  /** In the container of its own that each server has. */
  api: 8080,
  database: 5432,
  store: 6379,
} as const;

type Regions = Pick<Topology, 'regions'>;

const indexOf = ({ regions }: Regions, region: string): number => regions.findIndex(({ id }) => id === region);

/** Every proxy has a port of its own, in the order of the links. */
export const proxyPort = (links: readonly Link[], proxy: string): number =>
  21_001 + links.findIndex((link) => link.proxy === proxy);

/**
 * Where `api`, `edge`, `control` or the delay hop of a link listens. Replicas know theirs before anyone can tell them.
 */
export function doorPort({ regions }: Regions, name: string): number {
  if (name === 'api' || name === 'edge' || name === 'control') return PORTS[name];
  const replica = regions.findIndex(({ id }) => name === `replication-${id}`);
  return replica < 0 ? 0 : 22_001 + replica;
}

/** Leads to a server past every link that can break: for looking by hand, and for knowing the truth. */
export const lookedAtPort = (topology: Regions, kind: ServerKind, region: string): number =>
  23_001 + 10 * SERVER_KINDS.indexOf(kind) + indexOf(topology, region);

/** Service of a region's server, which is its host name too. */
export const service = (kind: ServerKind, region: string): string =>
  `${{ api: 'api', database: 'postgres', store: 'redis' }[kind]}-${region}`;

/** What the world's people and the curious on this machine may use, published on 127.0.0.1 under the same number. */
export const published = (topology: Topology): { port: number; what: string }[] => [
  ...topology.regions.map(({ id }) => ({
    port: proxyPort(topology.links, `ingress-${id}`),
    what: `ingress of ${id}`,
  })),
  { port: PORTS.edge, what: 'edge: routing and static assets' },
  { port: PORTS.control, what: 'control of the world, and its metrics' },
  { port: PORTS.toxiproxy, what: "Toxiproxy's HTTP API" },
  ...SERVER_KINDS.flatMap((kind) =>
    regionsWith(topology, kind).map((id) => ({
      port: lookedAtPort(topology, kind, id),
      what: `${service(kind, id)}, past every link`,
    })),
  ),
];
