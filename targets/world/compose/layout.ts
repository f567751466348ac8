/**
 * Names and ports of the composed world: what docker-compose.yml, toxiproxy.json and the scripts beside this file say
 * too (a test holds them together). Toxiproxy, the main process and the edge share one network namespace that every
 * region's network reaches as `wan`: a region gets to another one through there or not at all.
 */
import { LINKS } from '../kit/links.ts';
import { REGIONS } from '../active-active/regions.ts';

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

const indexOf = (region: string): number => REGIONS.findIndex(({ id }) => id === region);

/** Every proxy has a port of its own, in the order of the links. */
export const proxyPort = (proxy: string): number => 21_001 + LINKS.findIndex((link) => link.proxy === proxy);

/** Where `api`, `edge`, `control` or the delay hop of a link listens. Replicas know theirs before anyone can tell them. */
export function doorPort(name: string): number {
  if (name === 'api' || name === 'edge' || name === 'control') return PORTS[name];
  const replica = REGIONS.findIndex(({ id }) => name === `replication-${id}`);
  return replica < 0 ? 0 : 22_001 + replica;
}

const LOOKED_AT = ['api', 'database', 'store'] as const;
export type Kind = (typeof LOOKED_AT)[number];

/** Leads to a server past every link that can break: for looking by hand, and for knowing the truth. */
export const lookedAtPort = (kind: Kind, region: string): number =>
  23_001 + 10 * LOOKED_AT.indexOf(kind) + indexOf(region);

/** Service of a region's server, which is its host name too. */
export const service = (kind: Kind, region: string): string =>
  `${{ api: 'api', database: 'postgres', store: 'redis' }[kind]}-${region}`;

/** What the world's people and the curious on this machine may use, published on 127.0.0.1 under the same number. */
export const PUBLISHED: readonly { port: number; what: string }[] = [
  ...REGIONS.map(({ id }) => ({ port: proxyPort(`ingress-${id}`), what: `ingress of ${id}` })),
  { port: PORTS.edge, what: 'edge: routing and static assets' },
  { port: PORTS.control, what: 'control of the world, and its metrics' },
  { port: PORTS.toxiproxy, what: "Toxiproxy's HTTP API" },
  ...LOOKED_AT.flatMap((kind) =>
    REGIONS.map(({ id }) => ({ port: lookedAtPort(kind, id), what: `${service(kind, id)}, past every link` })),
  ),
];
