import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToxiproxyUndo } from '../../src/formats/faults.ts';
import { startFault, paramsOf } from '../../test/fault-life.ts';
import { HTTP_REQUEST, openConnection, POSTGRES_REQUEST, type RegionRig, startRegions } from '../../test/fault-rig.ts';
import { partition } from './partition.ts';

let regions: RegionRig;
beforeAll(async () => (regions = await startRegions()));
afterAll(async () => regions?.[Symbol.asyncDispose]());

const BETWEEN = ['sync-near-far', 'primary-far-near', 'replication-far-near', 'sync-far-near'];

describe('a partition', () => {
  it('cuts every link between the two regions and no other, open connections too', async () => {
    using primary = await openConnection(regions.ports['primary-far-near']!, POSTGRES_REQUEST);
    using inside = await openConnection(regions.ports['primary-near-near']!, POSTGRES_REQUEST);
    using web = await openConnection(regions.ports['ingress-far']!, HTTP_REQUEST);
    await using fault = await startFault(partition, regions.points, { from: 'near', to: 'far' });
    expect(fault.points.map(({ name }) => name)).toEqual(BETWEEN);
    expect(['hangs', 'closed']).toContain((await primary.send()).fate);
    expect((await inside.send(5_000)).fate).toBe('answered');
    expect((await web.send(5_000)).fate).toBe('answered');
    await fault.heal();
  });

  it('drops what one region sends, whichever called, when it is one-way', async () => {
    await using fault = await startFault(partition, regions.points, { from: 'near', to: 'far', direction: 'one-way' });
    const streams = (fault.undo as ToxiproxyUndo[]).map(({ proxy, toxics }) => [
      proxy,
      toxics.map(({ stream }) => stream),
    ]);
    expect(streams).toEqual([
      ['sync-near-far', ['upstream']],
      ['primary-far-near', ['downstream']],
      ['replication-far-near', ['downstream']],
      ['sync-far-near', ['downstream']],
    ]);
    await fault.heal();
  });

  it('is of two regions that have a link', () => {
    const select = (from: string, to: string) => partition.select(regions.points, paramsOf(partition, { from, to }));
    expect(select('near', 'mars')).toBe(
      'there is no link between near and mars; existing links: near and far, far and near',
    );
    expect(partition.params.safeParse({ from: 'near', to: 'near' }).error?.issues[0]).toMatchObject({
      path: ['to'],
      message: 'another region than `from`',
    });
  });
});
