/** Three regions: the primary database in one, a replica of it in each of the others, a Redis and an API in all. */
import { AWS_PLACES, AWS_ROUND_TRIPS } from '../kit/aws.ts';
import { type Link, linkOf, type Region, replicasOf, type Topology } from '../kit/topology.ts';

export const PRIMARY = 'us-east-1';
export const SUCCESSOR = 'eu-west-1';

const servers = ['api', 'database', 'store'] as const;
const regions: readonly Region[] = [
  { id: PRIMARY, ...AWS_PLACES[PRIMARY], role: 'primary', servers },
  { id: SUCCESSOR, ...AWS_PLACES[SUCCESSOR], role: 'replica', servers },
  { id: 'ap-southeast-1', ...AWS_PLACES['ap-southeast-1'], role: 'replica', servers },
];

const linksFrom = ({ id, role }: Region): Link[] => [
  linkOf('ingress', id),
  linkOf('redis', id),
  linkOf('primary', id, PRIMARY),
  ...(role === 'replica' ? [linkOf('replication', id, PRIMARY)] : []),
  ...regions.filter((other) => other.id !== id).map((other) => linkOf('sync', id, other.id)),
];

export const TOPOLOGY: Topology & { primary: string } = {
  regions,
  roundTrips: AWS_ROUND_TRIPS,
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

/** Regions whose database is a replica of the primary. */
export const REPLICAS: readonly string[] = replicasOf(TOPOLOGY);
