import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultPoint } from '../../src/formats/faults.ts';
import { startFault, chosen, paramsOf } from '../../test/fault-life.ts';
import {
  openConnection,
  REDIS_REQUEST,
  type RegionRig,
  startRegions,
  tcpServer,
  worldControl,
} from '../../test/fault-rig.ts';
import { redisLoss } from './redis-loss.ts';

let regions: RegionRig;
beforeAll(async () => (regions = await startRegions()));
afterAll(async () => regions?.[Symbol.asyncDispose]());

/** The Redis of the far region, controlled by a world. */
const storeAt = (control: string, port: number): FaultPoint => ({
  driver: 'world',
  name: 'store-far',
  kind: 'store',
  region: 'far',
  to: null,
  control,
  probe: { protocol: 'redis', host: '127.0.0.1', port },
});

describe('a lost Redis', () => {
  it('is that of one region, or of all', () => {
    const names = (given: object) =>
      chosen(redisLoss, regions.points, paramsOf(redisLoss, given)).map(({ name }) => name);
    expect(names({ region: 'far', face: 'refused' })).toEqual(['redis-far']);
    expect(names({ face: 'refused' })).toEqual(['redis-near', 'redis-far']);
  });

  it('must be there', () => {
    const select = (given: object) => redisLoss.select(regions.points, paramsOf(redisLoss, given));
    expect(select({ region: 'mars', face: 'slow' })).toBe(
      'there is no Toxiproxy in front of a Redis in mars; regions that have one: far, near',
    );
    expect(select({ face: 'empty' })).toBe(
      'there is no Redis that a world controls in any region; regions that have one: none',
    );
  });

  it.each([
    ['refused', ['closed']],
    ['blackhole', ['hangs', 'closed']],
    ['reset', ['closed', 'reset']],
  ])('is seen by a probe and on connections that were open: %s', async (face, fates) => {
    using far = await openConnection(regions.ports['redis-far']!, REDIS_REQUEST);
    using near = await openConnection(regions.ports['redis-near']!, REDIS_REQUEST);
    await using fault = await startFault(redisLoss, regions.points, { region: 'far', face });
    expect(fates).toContain((await far.send()).fate);
    expect((await near.send(5_000)).fate).toBe('answered');
    await fault.heal();
  });

  it('responds late when it is slow', async () => {
    using far = await openConnection(regions.ports['redis-far']!, REDIS_REQUEST);
    await using fault = await startFault(redisLoss, regions.points, { face: 'slow', latencyMs: 700 });
    expect(fault.points).toHaveLength(2);
    expect((await far.send(10_000)).tookMs).toBeGreaterThan(690);
    await fault.heal();
    expect((await far.send(5_000)).fate).toBe('answered');
  });

  it('is seen to have been emptied by its age, and the fault is over when that has passed', async () => {
    // A Redis that can be emptied at once: the probe reads only its uptime.
    let bornMs = Date.now() - 60_000;
    await using redis = await tcpServer((socket) =>
      socket.on('data', () => {
        const info = `# Server\r\nuptime_in_seconds:${Math.floor((Date.now() - bornMs) / 1000)}\r\n`;
        socket.write(`$${info.length}\r\n${info}\r\n`);
      }),
    );
    await using world = await worldControl(
      [{ name: 'store-far', kind: 'store', region: 'far', state: 'running', fault: null }],
      (_, action) => {
        if (action === 'empty') bornMs = Date.now();
      },
    );
    await using fault = await startFault(redisLoss, [storeAt(world.control, redis.port)], {
      region: 'far',
      face: 'empty',
    });
    await fault.heal();
    expect(world.calls[0]).toBe('store-far empty');
    expect(world.calls).toContain('store-far restore');
  });

  it.each([0, 1_000_000])(
    'is seen to be full by the memory that it may still take, with a limit of %d bytes',
    async (usualMax) => {
      let max = usualMax;
      await using redis = await tcpServer((socket) =>
        socket.on('data', () => {
          const info = `# Memory\r\nused_memory:50000\r\nmaxmemory:${max}\r\n`;
          socket.write(`$${info.length}\r\n${info}\r\n`);
        }),
      );
      await using world = await worldControl(
        [{ name: 'store-far', kind: 'store', region: 'far', state: 'running', fault: null }],
        (_, action) => {
          if (action === 'fill') max = 1;
          if (action === 'restore') max = usualMax;
        },
      );
      await using fault = await startFault(redisLoss, [storeAt(world.control, redis.port)], {
        region: 'far',
        face: 'full',
      });
      await fault.heal();
      expect(world.calls[0]).toBe('store-far fill');
      expect(world.calls).toContain('store-far restore');
    },
  );
});
