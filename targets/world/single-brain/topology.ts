/** Three edges, one primary database, one replica of it. Europe has an edge and no database. */
import { AWS_PLACES, AWS_ROUND_TRIPS } from '../kit/aws.ts';
import { type Link, linkOf, type Region, type Topology } from '../kit/topology.ts';

export const PRIMARY = 'us-east-1';
export const REPLICA = 'ap-southeast-1';

const regions: readonly Region[] = [
  { id: PRIMARY, ...AWS_PLACES[PRIMARY], role: 'primary', servers: ['api', 'database', 'store'] },
  { id: 'eu-west-1', ...AWS_PLACES['eu-west-1'], role: 'stateless', servers: ['api', 'store'] },
  { id: REPLICA, ...AWS_PLACES[REPLICA], role: 'replica', servers: ['api', 'database', 'store'] },
];

const linksFrom = ({ id, role }: Region): Link[] => [
  linkOf('ingress', id),
  linkOf('redis', id),
  linkOf('primary', id, PRIMARY),
  ...(role === 'replica' ? [linkOf('replication', id, PRIMARY)] : [linkOf('sync', id, REPLICA)]),
];

export const TOPOLOGY: Topology & { primary: string } = {
  regions,
  roundTrips: AWS_ROUND_TRIPS,
  primary: PRIMARY,
  successor: null,
  links: regions.flatMap(linksFrom),
  probes: {
    api: { linked: { protocol: 'http', path: '/health' }, direct: { protocol: 'http', path: '/health' } },
    // A database with replay stalled or paused still responds; the age of its data shows both.
    database: { linked: { protocol: 'postgres' }, direct: { protocol: 'lag', path: '/lag' } },
    store: { linked: { protocol: 'redis' }, direct: { protocol: 'redis' } },
  },
};
