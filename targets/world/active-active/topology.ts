/** Three regions: the primary database in one, a replica of it in each of the others, a Redis and an API in all. */
import { type Link, linkOf, type Region, type Topology } from '../kit/topology.ts';

export const PRIMARY = 'us-east-1';
export const SUCCESSOR = 'eu-west-1';

// Coordinates of the metropolis: oaustegard.github.io web-utilities/aws-ping.html (Apache-2.0).
const servers = ['api', 'database', 'store'] as const;
const regions: readonly Region[] = [
  { id: PRIMARY, lat: 39.0458, lon: -77.4874, role: 'primary', servers },
  { id: SUCCESSOR, lat: 53.3498, lon: -6.2603, role: 'replica', servers },
  { id: 'ap-southeast-1', lat: 1.3521, lon: 103.8198, role: 'replica', servers },
];

const linksFrom = ({ id, role }: Region): Link[] => [
  linkOf('ingress', id),
  linkOf('redis', id),
  linkOf('primary', id, PRIMARY),
  ...(role === 'replica' ? [linkOf('replication', id, PRIMARY)] : []),
  ...regions.filter((other) => other.id !== id).map((other) => linkOf('sync', id, other.id)),
];

export const TOPOLOGY: Topology = {
  regions,
  // AWS inter-region medians over one year to 2025-05-29, mean of both directions (measured by cloudping.co).
  roundTrips: [
    ['us-east-1', 'eu-west-1', 69.6],
    ['us-east-1', 'ap-southeast-1', 218.85],
    ['eu-west-1', 'ap-southeast-1', 182.25],
  ],
  primary: PRIMARY,
  successor: SUCCESSOR,
  links: regions.flatMap(linksFrom),
  probes: {
    api: { linked: { protocol: 'http', path: '/health' }, direct: { protocol: 'http', path: '/health' } },
    // A database with replay stalled or paused still responds; the age of its data shows both.
    database: { linked: { protocol: 'postgres' }, direct: { protocol: 'lag', path: '/lag' } },
    store: { linked: { protocol: 'redis' }, direct: { protocol: 'redis' } },
  },
};

/**
 * Cities where latency does not follow distance, with their regions nearest by latency first: Cape Town's cables run up
 * Africa's west coast, Japan's cross the Pacific, the Levant is no nearer to Singapore than to Virginia.
 */
export const BY_LATENCY: Readonly<Record<string, readonly string[]>> = {
  'cape-town': ['eu-west-1'],
  tokyo: ['ap-southeast-1', 'us-east-1'],
  osaka: ['ap-southeast-1', 'us-east-1'],
  amman: ['eu-west-1', 'us-east-1'],
  cairo: ['eu-west-1', 'us-east-1'],
  'tel-aviv': ['eu-west-1', 'us-east-1'],
};

/** Regions whose database is a replica of the primary. */
export const REPLICAS: readonly string[] = regions.filter(({ role }) => role === 'replica').map(({ id }) => id);
