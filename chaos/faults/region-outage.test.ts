import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFault, chosen, paramsOf } from '../../test/fault-life.ts';
import {
  HTTP_REQUEST,
  openConnection,
  POSTGRES_REQUEST,
  REDIS_REQUEST,
  type RegionRig,
  startRegions,
} from '../../test/fault-rig.ts';
import { regionOutage } from './region-outage.ts';

let regions: RegionRig;
beforeAll(async () => (regions = await startRegions()));
afterAll(async () => regions?.[Symbol.asyncDispose]());

const names = (given: object): string[] =>
  chosen(regionOutage, regions.points, paramsOf(regionOutage, given)).map(({ name }) => name);

describe('a lost region', () => {
  it('is lost on every link that leads into, inside or out of it', () => {
    expect(names({ region: 'far', face: 'refused' })).toEqual([
      'ingress-far',
      'sync-near-far',
      'redis-far',
      'primary-far-near',
      'replication-far-near',
      'sync-far-near',
    ]);
    expect(names({ region: 'near', face: 'blackhole' })).toContain('primary-far-near');
  });

  it('is ill at its front alone', () => {
    expect(names({ region: 'far', face: 'brown-out' })).toEqual(['ingress-far']);
    expect(names({ region: 'far', face: 'grey' })).toEqual(['ingress-far']);
  });

  it('must have a front', () => {
    const lost = regionOutage.select(regions.points, paramsOf(regionOutage, { region: 'mars', face: 'reset' }));
    expect(lost).toBe('there is no Toxiproxy in front of mars; regions that have one: far, near');
  });

  it.each([
    ['refused', ['closed']],
    ['blackhole', ['hangs', 'closed']],
    ['reset', ['closed', 'reset']],
  ])('is seen on every link and on connections that were open: %s', async (face, fates) => {
    using web = await openConnection(regions.ports['ingress-far']!, HTTP_REQUEST);
    using redis = await openConnection(regions.ports['redis-far']!, REDIS_REQUEST);
    using primary = await openConnection(regions.ports['primary-far-near']!, POSTGRES_REQUEST);
    using elsewhere = await openConnection(regions.ports['ingress-near']!, HTTP_REQUEST);
    await using fault = await startFault(regionOutage, regions.points, { region: 'far', face });
    for (const open of [web, redis, primary]) expect(fates).toContain((await open.send()).fate);
    expect((await elsewhere.send(5_000)).fate).toBe('answered');
    await fault.heal();
    using again = await openConnection(regions.ports['ingress-far']!, HTTP_REQUEST);
    expect((await again.send(5_000)).fate).toBe('answered');
  });

  it('responds late in a brown-out, on connections that stay open', async () => {
    using web = await openConnection(regions.ports['ingress-far']!, HTTP_REQUEST);
    await using fault = await startFault(regionOutage, regions.points, {
      region: 'far',
      face: 'brown-out',
      latencyMs: 800,
    });
    const late = await web.send(10_000);
    expect(late.fate).toBe('answered');
    expect(late.tookMs).toBeGreaterThan(790);
    await fault.heal();
    expect((await web.send(5_000)).fate).toBe('answered');
  });

  it('hangs on some connections and works on others when it is grey, and is undone without closing any', async () => {
    const open = await Promise.all(
      Array.from({ length: 40 }, () => openConnection(regions.ports['ingress-far']!, HTTP_REQUEST)),
    );
    try {
      await using fault = await startFault(regionOutage, regions.points, {
        region: 'far',
        face: 'grey',
        toxicity: 0.4,
      });
      const fates = (await Promise.all(open.map((one) => one.send(1_500)))).map(({ fate }) => fate);
      expect(new Set(fates)).toEqual(new Set(['answered', 'hangs']));
      await fault.heal();
      const working = open.filter((_, i) => fates[i] === 'answered');
      const after = await Promise.all(working.map((one) => one.send(5_000)));
      expect(new Set(after.map(({ fate }) => fate))).toEqual(new Set(['answered']));
    } finally {
      for (const one of open) one[Symbol.dispose]();
    }
  });
});
