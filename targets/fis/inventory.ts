/**
 * The AWS account that stands for a world: in every region a VPC with subnets for the APIs and for the data, an
 * instance, a task, databases, a cache. Derived from world.json; ids are hashes of names, so they are stable.
 *
 *   clients ── ingress-R ──▶ api subnets ── redis-R ──▶ data subnets
 *                            api subnets ── primary-R ──▶ data subnets of the primary's region
 *                            api subnets ── sync-R-T ──▶ api subnets of T
 *                            data subnets ── replication-R ──▶ data subnets of the primary's region
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The part of world.json that is used here. */
export interface WorldFacts {
  world: string;
  regions: { id: string }[];
  links: WorldLink[];
  processes: WorldProcess[];
  toxiproxy: { url: string };
  control: { url: string };
}

export interface WorldLink {
  proxy: string;
  kind: string;
  region: string;
  to: string | null;
  /** The caller at its near end and the server at its far end. */
  near: string;
  far: string;
}

export interface WorldProcess {
  name: string;
  kind: string;
  region: string;
}

/** A part of a region's network. */
export type Tier = 'api' | 'data';

export interface Resource {
  arn: string;
  type: string;
  tags: Record<string, string>;
  /** Attributes as its AWS service describes them, for filters. */
  attributes: Record<string, unknown>;
  /** The part of the world that it stands for. */
  standsFor: { tier?: Tier; process?: string; proxy?: string };
}

/** The known prefix lists; each contains the addresses at the far end of one kind of link. */
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

/** The account id that emulators of AWS use. */
export const ACCOUNT = '000000000000';

/** Reads world.json. Throws if a required key is missing. */
export function readWorld(path: string): WorldFacts {
  const world = JSON.parse(readFileSync(path, 'utf8')) as WorldFacts;
  const lists = [world.regions, world.links, world.processes];
  const isWorld = lists.every(Array.isArray) && world.toxiproxy?.url && world.control?.url;
  if (!isWorld)
    throw new Error(`${path} is not a world.json: expected regions, links, processes, toxiproxy.url and control.url`);
  return world;
}

/** All resources of one region of the account. */
export function inventoryOf(world: WorldFacts, region: string): RegionInventory {
  const account = new RegionAccount(world.world, region);
  const process = (kind: string): string | undefined =>
    world.processes.find((one) => one.kind === kind && one.region === region)?.name;
  const proxy = (kind: string): string | undefined =>
    world.links.find((one) => one.kind === kind && one.region === region)?.proxy;
  const subnets = subnetsOf(account);
  return {
    resources: [
      ...subnets,
      ...apiOf(account, process('api'), subnets[0]!),
      ...cacheOf(account, proxy('redis')),
      ...databaseOf(account, process('database')),
      ...othersOf(account),
    ],
    prefixLists: [account.prefixList('cache', 'redis'), account.prefixList('database', 'primary')],
  };
}

/** Creates ids and ARNs of one region in the format of AWS. */
class RegionAccount {
  readonly region: string;
  readonly zones: readonly string[];
  private readonly world: string;

  constructor(world: string, region: string) {
    this.world = world;
    this.region = region;
    this.zones = [`${region}a`, `${region}b`];
  }

  id(prefix: string, name: string): string {
    return `${prefix}-0${createHash('sha256').update(`${this.region}/${name}`).digest('hex').slice(0, 16)}`;
  }

  arn(service: string, rest: string): string {
    return `arn:aws:${service}:${this.region}:${ACCOUNT}:${rest}`;
  }

  get vpc(): string {
    return this.id('vpc', this.world);
  }

  resource(
    type: string,
    [name, tier]: [name: string, tier: string],
    arn: string,
    attributes: Record<string, unknown> = {},
    standsFor: Resource['standsFor'] = {},
  ): Resource {
    const tags = {
      Name: `${name}-${this.region}`,
      Project: 'antipode',
      World: this.world,
      Tier: tier,
      'FIS-Ready': 'True',
    };
    return { type, arn, tags, attributes, standsFor };
  }

  prefixList(name: string, kind: string): PrefixList {
    const id = this.id('pl', name);
    return { id, arn: this.arn('ec2', `prefix-list/${id}`), name: `${name}-${this.region}`, kind };
  }
}

const subnetsOf = (account: RegionAccount): Resource[] =>
  (['api', 'data'] as const).flatMap((tier) =>
    account.zones.map((zone, at) => {
      const id = account.id('subnet', `${tier}-${zone}`);
      const attributes = {
        SubnetId: id,
        VpcId: account.vpc,
        AvailabilityZone: zone,
        State: 'available',
        CidrBlock: `10.0.${(tier === 'api' ? 0 : 10) + at}.0/24`,
      };
      const name = `${tier}-${zone.at(-1)}`;
      return account.resource('aws:ec2:subnet', [name, tier], account.arn('ec2', `subnet/${id}`), attributes, { tier });
    }),
  );

/** The API, as an instance and as a task; none if the region has no API. */
function apiOf(account: RegionAccount, process: string | undefined, subnet: Resource): Resource[] {
  if (process === undefined) return [];
  const instance = account.id('i', 'api');
  const attributes = {
    InstanceId: instance,
    InstanceType: 'c7g.large',
    VpcId: account.vpc,
    SubnetId: subnet.attributes['SubnetId'],
    Placement: { AvailabilityZone: account.zones[0] },
    State: { Name: 'running' },
  };
  const task = account.arn('ecs', `task/antipode/${account.id('', 'task').slice(1)}`);
  const service = { ClusterName: 'antipode', ServiceName: 'api' };
  return [
    account.resource('aws:ec2:instance', ['api', 'api'], account.arn('ec2', `instance/${instance}`), attributes, {
      process,
    }),
    account.resource('aws:ecs:task', ['api', 'api'], task, service, { process }),
  ];
}

function cacheOf(account: RegionAccount, proxy: string | undefined): Resource[] {
  if (proxy === undefined) return [];
  const arn = account.arn('elasticache', `replicationgroup:redis-${account.region}`);
  const attributes = { AvailabilityZones: account.zones };
  return [account.resource('aws:elasticache:replicationgroup', ['redis', 'data'], arn, attributes, { proxy })];
}

/** The database, as an instance and as a cluster. */
function databaseOf(account: RegionAccount, process: string | undefined): Resource[] {
  if (process === undefined) return [];
  const name = `database-${account.region}`;
  const [zone] = account.zones;
  const named: [string, string] = ['database', 'data'];
  return [
    account.resource('aws:rds:db', named, account.arn('rds', `db:${name}`), { AvailabilityZone: zone }, { process }),
    account.resource(
      'aws:rds:cluster',
      named,
      account.arn('rds', `cluster:${name}`),
      { WriterAvailabilityZone: zone },
      { process },
    ),
  ];
}

/** Resources without a counterpart in the world: their actions are validated and skipped, except for peering. */
function othersOf(account: RegionAccount): Resource[] {
  const gateway = account.arn('ec2', `transit-gateway/${account.id('tgw', 'peering')}`);
  const endpoint = account.arn('ec2', `vpc-endpoint/${account.id('vpce', 'api')}`);
  const sessions = `arn:aws:memorydb::${ACCOUNT}:multiregioncluster/antipode-sessions`;
  return [
    account.resource('aws:ec2:transit-gateway', ['peering', 'network'], gateway),
    account.resource('aws:ec2:vpc-endpoint', ['endpoint', 'network'], endpoint),
    account.resource('aws:memorydb:multi-region-cluster', ['sessions', 'data'], sessions),
    account.resource('aws:dynamodb:global-table', ['carts', 'data'], account.arn('dynamodb', 'table/antipode-carts')),
    account.resource('aws:s3:bucket', ['assets', 'data'], `arn:aws:s3:::antipode-assets-${account.region}`),
  ];
}

const tierOf = (server: string): Tier => (server === 'api' ? 'api' : 'data');

/** Region and tier at both ends of a link; null for clients. */
export const endsOf = ({ region, to, near, far }: WorldLink): [from: [string, Tier] | null, to: [string, Tier]] => [
  near === 'clients' ? null : [region, tierOf(near)],
  [to ?? region, tierOf(far)],
];
