import { describe, expect, it } from 'vitest';
import { LINKS, PROCESSES, REGIONS } from '../../test/fis-endpoint-rig.ts';
import { ACTIONS } from './catalogue.ts';
import { type ActionImpact, impactOf } from './effects.ts';
import { inventoryOf, type Resource } from './inventory.ts';

const WORLD = {
  world: 'active-active',
  regions: REGIONS.map((id) => ({ id })),
  links: LINKS,
  processes: PROCESSES,
  toxiproxy: { url: '' },
  control: { url: '' },
};

/** The impact of the action on the chosen resources of this region. */
function impact(
  region: string,
  actionId: string,
  parameters: Record<string, string>,
  chosen: (resource: Resource) => boolean = () => true,
): ActionImpact {
  const inventory = inventoryOf(WORLD, region);
  const types = Object.values(ACTIONS[actionId]!.targets);
  const resources = inventory.resources.filter((one) => types.includes(one.type) && chosen(one));
  const action = { actionId, parameters: { duration: 'PT1M', ...parameters } };
  return impactOf({ kind: ACTIONS[actionId]!.effect!, action, resources, region, world: WORLD, inventory });
}

const places = ({ effects }: ActionImpact): string[] =>
  effects.map((effect) => (effect.do === 'stop' ? effect.process : effect.proxy)).toSorted();
const linksOf = (is: (link: (typeof LINKS)[number]) => boolean): string[] =>
  LINKS.filter(is)
    .map(({ proxy }) => proxy)
    .toSorted();
const inTier = (tier: string) => (one: Resource) => one.tags['Tier'] === tier;
const SUBNETS = 'aws:network:disrupt-connectivity';
const ROUTES = 'aws:network:route-table-disrupt-cross-region-connectivity';

describe('an outage of all subnets of a region', () => {
  it.each(REGIONS)('cuts every link that begins or ends in %s', (region) => {
    const all = impact(region, SUBNETS, { scope: 'all' });
    expect(places(all)).toEqual(linksOf((link) => link.region === region || link.to === region));
    expect(all.effects.every((effect) => effect.do === 'drop' && effect.share === 1)).toBe(true);
    expect(all.runsMs).toBe(60_000);
  });

  it('leaves the link to the cache to scope vpc', () => {
    const places_ = places(impact('eu-west-1', SUBNETS, { scope: 'vpc' }));
    expect(places_).toEqual(
      linksOf((link) => (link.region === 'eu-west-1' || link.to === 'eu-west-1') && link.kind !== 'redis'),
    );
    expect(places(impact('us-east-1', SUBNETS, { scope: 'vpc' }))).not.toContain('primary-us-east-1');
  });

  it('of its APIs alone leaves replication alone', () => {
    const cut = places(impact('eu-west-1', SUBNETS, { scope: 'all' }, inTier('api')));
    expect(cut).not.toContain('replication-eu-west-1');
    expect(cut).toContain('ingress-eu-west-1');
  });

  it('in one zone of two hits half of the connections', () => {
    const half = impact(
      'eu-west-1',
      SUBNETS,
      { scope: 'all' },
      ({ attributes }) => attributes['AvailabilityZone'] === 'eu-west-1a',
    );
    expect(half.effects).toContainEqual({ do: 'drop', proxy: 'ingress-eu-west-1', share: 0.5 });
  });

  it('by a prefix list cuts what the list holds', () => {
    const { prefixLists } = inventoryOf(WORLD, 'eu-west-1');
    const [cache, database] = prefixLists;
    const list = (id: string) =>
      impact('eu-west-1', SUBNETS, { scope: 'prefix-list', prefixListIdentifier: id }, inTier('api'));
    expect(places(list(cache!.id))).toEqual(['redis-eu-west-1']);
    expect(places(list(database!.arn))).toEqual(['primary-eu-west-1']);
    expect(() => list('pl-0123456789')).toThrow('does not exist in eu-west-1');
  });

  it.each(['s3', 'dynamodb', 'availability-zone'])('is not exercised with scope %s', (scope) => {
    expect(() => impact('eu-west-1', SUBNETS, { scope })).toThrow(`nothing that scope ${scope} would cut`);
  });
});

describe('a cut between regions', () => {
  it('by routes takes the links of the subnets it hits, both ways', () => {
    expect(places(impact('ap-southeast-1', ROUTES, { region: 'us-east-1' }, inTier('api')))).toEqual([
      'primary-ap-southeast-1',
      'sync-ap-southeast-1-us-east-1',
      'sync-us-east-1-ap-southeast-1',
    ]);
    expect(places(impact('ap-southeast-1', ROUTES, { region: 'us-east-1' }, inTier('data')))).toEqual([
      'replication-ap-southeast-1',
    ]);
  });

  it('by transit gateways takes all of them', () => {
    const cut = impact('eu-west-1', 'aws:network:transit-gateway-disrupt-cross-region-connectivity', {
      region: 'us-east-1',
    });
    expect(places(cut)).toEqual(
      linksOf(
        ({ region, to }) => to !== null && region !== to && new Set([region, to, 'eu-west-1', 'us-east-1']).size === 2,
      ),
    );
  });

  it('requires another region that the world has', () => {
    expect(() => impact('eu-west-1', ROUTES, { region: 'eu-west-1' })).toThrow('different from eu-west-1');
    expect(() => impact('eu-west-1', ROUTES, { region: 'sa-east-1' })).toThrow('no Region sa-east-1');
  });
});

describe('an SSM document', () => {
  const send = (document: string, parameters: object) =>
    impact('eu-west-1', 'aws:ssm:send-command', {
      documentArn: `arn:aws:ssm:eu-west-1::document/${document}`,
      documentParameters: JSON.stringify(parameters),
    });

  it('runs for its own DurationSeconds, whatever its action says', () => {
    const drop = send('AWSFIS-Run-Network-Blackhole-Port', {
      Port: '6379',
      TrafficType: 'egress',
      DurationSeconds: '90',
    });
    expect(drop).toEqual({
      effects: [{ do: 'drop', proxy: 'redis-eu-west-1', share: 1 }],
      runsMs: 60_000,
      lastsMs: 90_000,
    });
  });

  it('delays responses of the cache', () => {
    const late = send('AWSFIS-Run-Network-Latency-Sources', {
      Sources: '10.0.10.0/24',
      DelayMilliseconds: '300',
      JitterMilliseconds: '20',
      FlowsPercent: '50',
      DurationSeconds: '60',
    });
    expect(late.effects).toEqual([{ do: 'delay', proxy: 'redis-eu-west-1', latencyMs: 300, jitterMs: 20, share: 0.5 }]);
  });

  it('is not exercised where it would do nothing here, or something else', () => {
    expect(() => send('AWSFIS-Run-Network-Blackhole-Port', { Port: '6379' })).toThrow('TrafficType is not egress');
    expect(() => send('AWSFIS-Run-Network-Blackhole-Port', { Port: '53', TrafficType: 'egress' })).toThrow(
      'nothing on port 53',
    );
    expect(() => send('AWSFIS-Run-Disk-Fill', {})).toThrow('AWSFIS-Run-Disk-Fill cannot be carried out');
  });
});

describe('stopped instances', () => {
  it('stay stopped unless the action says when to start them', () => {
    const stop = (parameters: Record<string, string>) => impact('eu-west-1', 'aws:ec2:stop-instances', parameters);
    const effects = [{ do: 'stop', process: 'api-eu-west-1' }];
    expect(stop({})).toEqual({ effects, runsMs: 0, lastsMs: null });
    expect(stop({ startInstancesAfterDuration: 'PT2M' })).toEqual({ effects, runsMs: 120_000 });
  });
});
