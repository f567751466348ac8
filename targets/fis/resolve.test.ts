import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINKS, PROCESSES, REGIONS } from '../../test/fis-endpoint-rig.ts';
import { inventoryOf } from './inventory.ts';
import { parseSelection, resolveTarget, select } from './resolve.ts';
import type { TargetSpec } from './wire.ts';

const WORLD = {
  world: 'active-active',
  regions: REGIONS.map((id) => ({ id })),
  links: LINKS,
  processes: PROCESSES,
  toxiproxy: { url: '' },
  control: { url: '' },
};
const { resources } = inventoryOf(WORLD, 'eu-west-1');
const subnets = (change: Partial<TargetSpec> = {}): string[] =>
  resolveTarget({ resourceType: 'aws:ec2:subnet', selectionMode: 'ALL', ...change }, resources).map(
    ({ tags }) => tags['Name']!,
  );

describe('the account that stands for a world', () => {
  it('has nothing in a region that its world does not have there', () => {
    const lean = { ...WORLD, links: [], processes: [{ name: 'front', kind: 'api', region: 'eu-west-1' }] };
    const found = inventoryOf(lean, 'eu-west-1').resources;
    const types = found.map(({ type }) => type);
    expect(types).not.toContain('aws:rds:db');
    expect(types).not.toContain('aws:elasticache:replicationgroup');
    expect(found.find(({ type }) => type === 'aws:ec2:instance')?.standsFor).toEqual({ process: 'front' });
  });
});

describe('a selection', () => {
  it('draws the given number, each once, in their order, and every one eventually', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer(), { maxLength: 30 }).map((some) => some.toSorted((a, b) => a - b)),
        fc.integer({ min: 1, max: 100 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (from, n, draws) => {
          const random = (): number => draws.next().value as number;
          const counted = select({ mode: 'count', n }, from, random);
          const shared = select({ mode: 'percent', n }, from, random);
          expect(counted).toHaveLength(Math.min(n, from.length));
          expect(shared).toHaveLength(Math.floor((from.length * n) / 100));
          for (const drawn of [counted, shared]) {
            expect(from.filter((one) => drawn.includes(one))).toEqual(drawn);
          }
        },
      ),
    );
    const seen = new Set(Array.from({ length: 200 }, () => select({ mode: 'count', n: 1 }, ['a', 'b', 'c'])[0]));
    expect(seen).toEqual(new Set(['a', 'b', 'c']));
  });

  it('rounds a percentage down, as FIS does', () => {
    expect(select({ mode: 'percent', n: 50 }, [1, 2, 3, 4, 5])).toHaveLength(2);
    expect(select({ mode: 'percent', n: 25 }, [1, 2, 3])).toEqual([]);
  });

  it.each(['all', 'COUNT(0)', 'COUNT()', 'PERCENT(0)', 'PERCENT(101)', 'COUNT(1.5)', 'COUNT(-1)', ''])(
    'is not %s',
    (text) => expect(parseSelection(text)).toBeNull(),
  );
});

describe('a target', () => {
  it('is found by ARN', () => {
    const { arn } = resources.find(({ type }) => type === 'aws:rds:db')!;
    const found = resolveTarget({ resourceType: 'aws:rds:db', selectionMode: 'ALL', resourceArns: [arn] }, resources);
    expect(found.map((one) => one.arn)).toEqual(['arn:aws:rds:eu-west-1:000000000000:db:database-eu-west-1']);
    expect(
      resolveTarget({ resourceType: 'aws:rds:cluster', selectionMode: 'ALL', resourceArns: [arn] }, resources),
    ).toEqual([]);
  });

  it('is found by all of its tags', () => {
    expect(subnets({ resourceTags: { Tier: 'api' } })).toEqual(['api-a-eu-west-1', 'api-b-eu-west-1']);
    expect(subnets({ resourceTags: { Tier: 'api', Project: 'another' } })).toEqual([]);
    expect(subnets({ resourceTags: { Project: 'antipode' }, selectionMode: 'PERCENT(75)' })).toHaveLength(3);
  });

  it('is narrowed by filters and parameters', () => {
    const resourceTags = { Project: 'antipode' };
    const zone = { path: 'AvailabilityZone', values: ['eu-west-1b', 'eu-west-1c'] };
    expect(subnets({ resourceTags, filters: [zone] })).toEqual(['api-b-eu-west-1', 'data-b-eu-west-1']);
    expect(subnets({ resourceTags, filters: [zone, { path: 'State', values: ['pending'] }] })).toEqual([]);
    expect(subnets({ resourceTags, parameters: { availabilityZoneIdentifier: 'eu-west-1a' } })).toHaveLength(2);
    const instances = { resourceType: 'aws:ec2:instance', selectionMode: 'ALL', resourceTags };
    const running = [{ path: 'State.Name', values: ['running'] }];
    expect(resolveTarget({ ...instances, filters: running }, resources)).toHaveLength(1);
    const group = { resourceType: 'aws:elasticache:replicationgroup', selectionMode: 'ALL', resourceTags };
    expect(
      resolveTarget({ ...group, parameters: { availabilityZoneIdentifier: 'eu-west-1b' } }, resources),
    ).toHaveLength(1);
    expect(resolveTarget({ ...group, parameters: { availabilityZoneIdentifier: 'eu-west-1c' } }, resources)).toEqual(
      [],
    );
  });
});
