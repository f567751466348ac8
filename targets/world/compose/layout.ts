/**
 * Names and ports of a world in docker-compose.yml; a test checks that they match that file, toxiproxy.json and the
 * scripts. Toxiproxy, the main process and the edge share one network namespace, which every region's network reaches
 * as `wan`. It is the only path between regions.
 */
import { type Link, regionsWith, SERVER_KINDS, type ServerKind, type Topology } from '../kit/topology.ts';

export const HUB = 'wan';

/** Paths in the containers: the directory that the main process and the servers share, and each database's data. */
export const ORDERS_DIRECTORY = '/run/antipode/orders';
export const dataDirectory = (region: string): string => `/data/${region}`;
/** PGDATA of the official image, relative to that directory. */
export const PGDATA = '18/docker';
export const WORLD_FILE = '/run/antipode/world/world.json';

export const PORTS = {
  /** In the shared network namespace. */
  toxiproxy: 8474,
  edge: 20_080,
  control: 20_081,
  programs: 20_082,
  /** In each server's own container. */
  api: 8080,
  database: 5432,
  store: 6379,
} as const;

type Regions = Pick<Topology, 'regions'>;

const indexOf = ({ regions }: Regions, region: string): number => regions.findIndex(({ id }) => id === region);

/** The port of a proxy: first the ingress links, which are published and the same for every world, then the others. */
export const proxyPort = (links: readonly Link[], proxy: string): number =>
  21_001 + links.toSorted((a, b) => order(a) - order(b)).findIndex((link) => link.proxy === proxy);

const order = ({ kind }: Link): number => (kind === 'ingress' ? 0 : 1);

/** Where `api`, `edge`, `control` or the delay hop of a link listens; fixed for replication links, else 0 (free). */
export function listenPort({ regions }: Regions, name: string): number {
  if (name === 'api' || name === 'edge' || name === 'control') return PORTS[name];
  const replica = regions.findIndex(({ id }) => name === `replication-${id}`);
  return replica < 0 ? 0 : 22_001 + replica;
}

/** Leads to a server directly, bypassing all links: for inspection, and for checks of the world's true state. */
export const directPort = (topology: Regions, kind: ServerKind, region: string): number =>
  23_001 + 10 * SERVER_KINDS.indexOf(kind) + indexOf(topology, region);

/** Service name of a region's server; also its host name. */
export const service = (kind: ServerKind, region: string): string =>
  `${{ api: 'api', database: 'postgres', store: 'redis' }[kind]}-${region}`;

/** Ports published on 127.0.0.1, under the same number. */
export const published = (topology: Topology): { port: number; what: string }[] => [
  ...topology.regions.map(({ id }) => ({
    port: proxyPort(topology.links, `ingress-${id}`),
    what: `ingress of ${id}`,
  })),
  { port: PORTS.edge, what: 'edge: routing and static assets' },
  { port: PORTS.control, what: "the world's control API and metrics" },
  { port: PORTS.toxiproxy, what: "Toxiproxy's HTTP API" },
  ...SERVER_KINDS.flatMap((kind) =>
    regionsWith(topology, kind).map((id) => ({
      port: directPort(topology, kind, id),
      what: `${service(kind, id)}, bypassing all links`,
    })),
  ),
];
