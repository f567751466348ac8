import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bite, chosen, paramsOf } from '../../test/fault-life.ts';
import {
  HTTP_QUESTION,
  openConnection,
  POSTGRES_QUESTION,
  REDIS_QUESTION,
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
    expect(lost).toBe('no Toxiproxy stands in front of mars; regions that have one: far, near');
  });

  it.each([
    ['refused', ['closed']],
    ['blackhole', ['hangs', 'closed']],
    ['reset', ['closed', 'reset']],
  ])('is seen on every link and on connections that were open: %s', async (face, fates) => {
    using web = await openConnection(regions.ports['ingress-far']!, HTTP_QUESTION);
    using redis = await openConnection(regions.ports['redis-far']!, REDIS_QUESTION);
    using primary = await openConnection(regions.ports['primary-far-near']!, POSTGRES_QUESTION);
    using elsewhere = await openConnection(regions.ports['ingress-near']!, HTTP_QUESTION);
    await using fault = await bite(regionOutage, regions.points, { region: 'far', face });
    for (const open of [web, redis, primary]) expect(fates).toContain((await open.ask()).fate);
    expect((await elsewhere.ask(5_000)).fate).toBe('answered');
    await fault.heal();
    using again = await openConnection(regions.ports['ingress-far']!, HTTP_QUESTION);
    expect((await again.ask(5_000)).fate).toBe('answered');
  });

  it('answers late in a brown-out, on connections that stay', async () => {
    using web = await openConnection(regions.ports['ingress-far']!, HTTP_QUESTION);
    await using fault = await bite(regionOutage, regions.points, { region: 'far', face: 'brown-out', latencyMs: 800 });
    const late = await web.ask(10_000);
    expect(late.fate).toBe('answered');
    expect(late.tookMs).toBeGreaterThan(790);
    await fault.heal();
    expect((await web.ask(5_000)).fate).toBe('answered');
  });

  it('hangs for some and works for others when it is grey, and heals without cutting anybody off', async () => {
    const open = await Promise.all(
      Array.from({ length: 40 }, () => openConnection(regions.ports['ingress-far']!, HTTP_QUESTION)),
    );
    try {
      await using fault = await bite(regionOutage, regions.points, { region: 'far', face: 'grey', toxicity: 0.4 });
      const fates = (await Promise.all(open.map((one) => one.ask(1_500)))).map(({ fate }) => fate);
      expect(new Set(fates)).toEqual(new Set(['answered', 'hangs']));
      await fault.heal();
      const working = open.filter((_, i) => fates[i] === 'answered');
      const after = await Promise.all(working.map((one) => one.ask(5_000)));
      expect(new Set(after.map(({ fate }) => fate))).toEqual(new Set(['answered']));
    } finally {
      for (const one of open) one[Symbol.dispose]();
    }
  });
});
