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
  processes: WorldProcess[];
  toxiproxy: { url: string };
  control: { url: string };
}

export interface WorldLink {
  proxy: string;
  kind: string;
  region: string;
  to: string | null;
  /** What calls at its near end, and what answers at its far end. */
  near: string;
  far: string;
}

export interface WorldProcess {
  name: string;
  kind: string;
  region: string;
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
  const lists = [world.regions, world.links, world.processes];
  const isWorld = lists.every(Array.isArray) && world.toxiproxy?.url && world.control?.url;
  if (!isWorld)
    throw new Error(`${path} is no world.json: expected regions, links, processes, toxiproxy.url and control.url`);
  return world;
}

/** Everything that there is in one region of the account. */
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

/** Names things of one region as AWS would. */
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

/** The API, as an instance and as a task; nothing where the region has none. */
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

/** Nothing in the world stands behind these: their actions are checked, resolved, and skipped, but for peering's. */
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

/** What stands at both ends of a link: the part of which region; null for the world outside. */
export const endsOf = ({ region, to, near, far }: WorldLink): [from: [string, Tier] | null, to: [string, Tier]] => [
  near === 'clients' ? null : [region, tierOf(near)],
  [to ?? region, tierOf(far)],
];
