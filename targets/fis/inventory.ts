/**
 * The account that a world is taken for: in every region a VPC with subnets for the APIs and for the data, an instance,
 * a task, databases, a cache. Made from world.json; ids are hashes of names, so that they are the same every time.
 *
 *   clients ── ingress-R ──▶ api subnets ── redis-R ──▶ data subnets
 *                            api subnets ── primary-R ──▶ data subnets of the primary's region
 *                            api subnets ── sync-R-T ──▶ api subnets of T
 *                            data subnets ── replication-R ──▶ data subnets of the primary's region
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Of world.json, what is needed here. */
export interface WorldFacts {
  world: string;
  regions: { id: string }[];
  links: WorldLink[];
  toxiproxy: { url: string };
  control: { url: string };
}

export interface WorldLink {
  proxy: string;
  kind: string;
  region: string;
  to: string | null;
}

/** Which part of a region's network. */
export type Tier = 'api' | 'data';

export interface Resource {
  arn: string;
  type: string;
  tags: Record<string, string>;
  /** As the service that owns it would describe it; paths of filters lead in here. */
  attributes: Record<string, unknown>;
  /** What of the world it stands for. */
  standsFor: { tier?: Tier; process?: string; proxy?: string };
}

/** The prefix lists that may be named; each holds the addresses of one kind of link's far end. */
export interface PrefixList {
  id: string;
  arn: string;
  name: string;
  kind: string;
}

export interface RegionInventory {
  resources: Resource[];
  prefixLists: PrefixList[];
}

/** As emulators of AWS have it: nobody's. */
export const ACCOUNT = '000000000000';

/** Reads world.json. Throws if it lacks what is needed. */
export function readWorld(path: string): WorldFacts {
  const world = JSON.parse(readFileSync(path, 'utf8')) as WorldFacts;
  const isWorld =
    Array.isArray(world.regions) && Array.isArray(world.links) && world.toxiproxy?.url && world.control?.url;
  if (!isWorld) throw new Error(`${path} is no world.json: expected regions, links, toxiproxy.url and control.url`);
  return world;
}

/** Everything that there is in one region of the account. */
export function inventoryOf({ world, links }: WorldFacts, region: string): RegionInventory {
  const id = (prefix: string, name: string): string =>
    `${prefix}-0${createHash('sha256').update(`${region}/${name}`).digest('hex').slice(0, 16)}`;
  const zones = [`${region}a`, `${region}b`];
  const vpc = id('vpc', world);
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
  const proxyOf = (kind: string): { proxy?: string } => {
    const link = links.find((one) => one.kind === kind && one.region === region);
    return link ? { proxy: link.proxy } : {};
  };
  const resource = (
    type: string,
    name: string,
    tier: string,
    where: string,
    attributes: Record<string, unknown>,
    standsFor: Resource['standsFor'],
  ): Resource => ({
    type,
    arn: where,
    tags: { Name: `${name}-${region}`, Project: 'antipode', World: world, Tier: tier, 'FIS-Ready': 'True' },
    attributes,
    standsFor,
  });

  const subnets = (['api', 'data'] as const).flatMap((tier) =>
    zones.map((zone, at) => {
      const subnet = id('subnet', `${tier}-${zone}`);
      const attributes = {
        SubnetId: subnet,
        VpcId: vpc,
        AvailabilityZone: zone,
        State: 'available',
        CidrBlock: `10.0.${(tier === 'api' ? 0 : 10) + at}.0/24`,
      };
      return resource('aws:ec2:subnet', `${tier}-${zone.at(-1)}`, tier, arn('ec2', `subnet/${subnet}`), attributes, {
        tier,
      });
    }),
  );
  const instance = id('i', 'api');
  const api = { process: `api-${region}` };
  const database = { process: `database-${region}` };
  const task = id('', 'task').slice(1);
  const gateway = id('tgw', 'peering');
  const prefixList = (name: string, kind: string): PrefixList => ({
    id: id('pl', name),
    arn: arn('ec2', `prefix-list/${id('pl', name)}`),
    name: `${name}-${region}`,
    kind,
  });
  const resources = [
    ...subnets,
    resource(
      'aws:ec2:instance',
      'api',
      'api',
      arn('ec2', `instance/${instance}`),
      {
        InstanceId: instance,
        InstanceType: 'c7g.large',
        VpcId: vpc,
        SubnetId: subnets[0]!.attributes['SubnetId'],
        Placement: { AvailabilityZone: zones[0] },
        State: { Name: 'running' },
      },
      api,
    ),
    resource(
      'aws:ecs:task',
      'api',
      'api',
      arn('ecs', `task/antipode/${task}`),
      {
        ClusterName: 'antipode',
        ServiceName: 'api',
      },
      api,
    ),
    resource(
      'aws:elasticache:replicationgroup',
      'redis',
      'data',
      arn('elasticache', `replicationgroup:redis-${region}`),
      {
        AvailabilityZones: zones,
      },
      proxyOf('redis'),
    ),
    resource(
      'aws:rds:db',
      'database',
      'data',
      arn('rds', `db:database-${region}`),
      {
        AvailabilityZone: zones[0],
      },
      database,
    ),
    resource(
      'aws:rds:cluster',
      'database',
      'data',
      arn('rds', `cluster:database-${region}`),
      {
        WriterAvailabilityZone: zones[0],
      },
      database,
    ),
    resource('aws:ec2:transit-gateway', 'peering', 'network', arn('ec2', `transit-gateway/${gateway}`), {}, {}),
    // Nothing in the world stands behind these: their actions are checked, resolved, and skipped.
    resource('aws:ec2:vpc-endpoint', 'endpoint', 'network', arn('ec2', `vpc-endpoint/${id('vpce', 'api')}`), {}, {}),
    resource(
      'aws:memorydb:multi-region-cluster',
      'sessions',
      'data',
      `arn:aws:memorydb::${ACCOUNT}:multiregioncluster/antipode-sessions`,
      {},
      {},
    ),
    resource('aws:dynamodb:global-table', 'carts', 'data', arn('dynamodb', 'table/antipode-carts'), {}, {}),
    resource('aws:s3:bucket', 'assets', 'data', `arn:aws:s3:::antipode-assets-${region}`, {}, {}),
  ];
  return { resources, prefixLists: [prefixList('cache', 'redis'), prefixList('database', 'primary')] };
}

/** What stands at both ends of a link: the part of which region; null for the world outside. */
export function endsOf({ kind, region, to }: WorldLink): [from: [string, Tier] | null, to: [string, Tier]] {
  const far = to ?? region;
  switch (kind) {
    case 'ingress':
      return [null, [region, 'api']];
    case 'redis':
    case 'primary':
      return [
        [region, 'api'],
        [far, 'data'],
      ];
    case 'replication':
      return [
        [region, 'data'],
        [far, 'data'],
      ];
    default:
      return [
        [region, 'api'],
        [far, 'api'],
      ];
  }
}
